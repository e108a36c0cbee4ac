#include "state/budget.h"

#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "state/child_for_test.h"
#include "state/sqlite.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Stands still unless it is moved.
class ManualClock : public Clock {
 public:
  Time now() const override { return now_; }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  bool sleep(milliseconds duration, std::stop_token stop) override {
    now_ += duration;
    return !stop.stop_requested();
  }
  void move(seconds by) { now_ += by; }

 private:
  Time now_ = at(1'700'000'000);
};

struct BudgetFixture {
  TemporaryDirectory directory;
  std::filesystem::path path = directory.path() / "state.db";
  ManualClock clock;
  DatabaseBudget budget{path, clock};
};

TEST_CASE_METHOD(BudgetFixture, "calls within the burst go at once, later ones wait one interval each") {
  std::vector<milliseconds> waits;
  for (int call = 0; call < 5; ++call) waits.push_back(budget.book("key", 60, 3));
  CHECK(waits == std::vector<milliseconds>{seconds(0), seconds(0), seconds(0), seconds(1), seconds(2)});
  clock.move(seconds(2));
  CHECK(budget.book("key", 60, 3) == seconds(1));
}

TEST_CASE_METHOD(BudgetFixture, "an unused budget does not grow beyond its burst") {
  CHECK(budget.book("key", 60, 2) == seconds(0));
  clock.move(seconds(3600));
  CHECK(budget.book("key", 60, 2) == seconds(0));
  CHECK(budget.book("key", 60, 2) == seconds(0));
  CHECK(budget.book("key", 60, 2) == seconds(1));
}

TEST_CASE_METHOD(BudgetFixture, "keys do not share, and a limit below one is none") {
  CHECK(budget.book("a", 1, 1) == seconds(0));
  CHECK(budget.book("b", 1, 1) == seconds(0));
  CHECK(budget.book("a", 1, 1) == seconds(60));
  CHECK(budget.book("a", 0, 1) == seconds(0));
}

TEST_CASE_METHOD(BudgetFixture, "a clock set back costs no waiting beyond what was owed") {
  CHECK(budget.book("key", 60, 1) == seconds(0));
  CHECK(budget.book("key", 60, 1) == seconds(1));
  clock.move(seconds(-86'400));
  CHECK(budget.book("key", 60, 1) == seconds(2));
}

TEST_CASE_METHOD(BudgetFixture, "a key is not found in the file") {
  budget.book("not-a-real-application-key", 60, 1);
  const std::string all = file_bytes(path) + file_bytes(path.string() + "-wal");
  REQUIRE(all.size() > 8192);
  CHECK(all.find("not-a-real-application-key") == std::string::npos);
}

TEST_CASE_METHOD(BudgetFixture, "two processes and their threads together get every slot exactly once") {
  const auto book_fifty = [&](const char* name) {
    return [this, name](const Child::Announce&) {
      DatabaseBudget own(path, clock);
      std::vector<std::vector<milliseconds>> waits(2);
      {
        std::vector<std::jthread> threads;
        for (auto& part : waits) {
          threads.emplace_back([&own, &part] {
            for (int call = 0; call < 25; ++call) part.push_back(own.book("key", 60, 1));
          });
        }
      }
      std::ofstream file(directory.path() / name);
      for (const auto& part : waits) {
        for (const milliseconds wait : part) file << wait.count() << '\n';
      }
      return 0;
    };
  };
  Child first(book_fifty("first"));
  Child second(book_fifty("second"));
  REQUIRE(first.wait() == 0);
  REQUIRE(second.wait() == 0);

  std::multiset<int> waits;
  for (const char* name : {"first", "second"}) {
    std::ifstream file(directory.path() / name);
    for (int wait = 0; file >> wait;) waits.insert(wait);
  }
  std::multiset<int> expected;
  for (int slot = 0; slot < 100; ++slot) expected.insert(slot * 1000);
  CHECK(waits == expected);
}

TEST_CASE_METHOD(BudgetFixture, "bookings go on while the state database is open in the same process") {
  Database database({.path = path});
  CHECK(budget.book("key", 60, 1) == seconds(0));
  database.execute("INSERT INTO cache_memo VALUES ('k', 'n', 1, 2)");
  CHECK(budget.book("key", 60, 1) == seconds(1));
}

}  // namespace
}  // namespace muster::state
