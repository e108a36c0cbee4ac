#include "state/budget.h"

#include <algorithm>
#include <utility>

#include "resources/contract/value.h"
#include "state/sqlite.h"

namespace muster::state {

class DatabaseBudget::Connection {
 public:
  explicit Connection(const std::filesystem::path& path)
      : database_({.path = path, .durability = Durability::normal, .in_memory = path.empty()}),
        select_(database_, "SELECT free_at, booked_at FROM cache_budget WHERE key = ?"),
        upsert_(database_, "INSERT OR REPLACE INTO cache_budget (key, free_at, booked_at) VALUES (?, ?, ?)") {}

  /// `free_at` is when the bucket would be full again; each booking moves it on by one interval (microseconds).
  std::int64_t book(const std::string& key, std::int64_t interval, int burst, Clock& clock) {
    Transaction transaction(database_);
    // Read under the write lock, so that bookings are stored in the order of their times.
    const std::int64_t now = clock.now().time_since_epoch().count() * 1000;
    std::int64_t free_at = now;
    {
      auto row = select_.use(key);
      if (row.next()) {
        const std::int64_t set_back_by = std::max<std::int64_t>(0, row.integer(1) - now);
        free_at = std::max(now, row.integer(0) - set_back_by);
      }
    }
    const std::int64_t wait = std::max<std::int64_t>(0, free_at - (burst - 1) * interval - now);
    upsert_.use(key, free_at + interval, now).run();
    transaction.commit();
    return wait;
  }

 private:
  Database database_;
  Statement select_;
  Statement upsert_;
};

DatabaseBudget::DatabaseBudget(std::filesystem::path database, Clock& clock)
    : path_(std::move(database)), clock_(clock) {}
DatabaseBudget::~DatabaseBudget() = default;

std::chrono::milliseconds DatabaseBudget::book(std::string_view key, int per_minute, int burst) {
  if (per_minute < 1) return std::chrono::milliseconds(0);
  const std::int64_t interval = 60'000'000 / per_minute;
  const std::string stored_key = digest_bytes(key);
  const std::scoped_lock lock(mutex_);
  if (!connection_) connection_ = std::make_unique<Connection>(path_);
  const std::int64_t wait = connection_->book(stored_key, interval, std::max(1, burst), clock_);
  return std::chrono::milliseconds((wait + 999) / 1000);
}

}  // namespace muster::state
