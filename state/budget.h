#pragma once

// A rate budget that all runs on one state database share.

#include <filesystem>
#include <memory>
#include <mutex>

#include "resources/contract/context.h"

namespace muster::state {

/// Thread-safe; opens a connection of its own at the first booking, so that a run without calls opens none.
/// Keys are stored as digests: they may be API keys. A clock that is set back costs no extra waiting.
class DatabaseBudget : public RateBudget {
 public:
  /// `database` is a file that a Store has opened; empty: the budget is this process's alone. `clock` must outlive
  /// this.
  DatabaseBudget(std::filesystem::path database, Clock& clock);
  ~DatabaseBudget() override;

  /// `per_minute` below 1: no limit; `burst` below 1 counts as 1. Commits one row; throws as Database does.
  std::chrono::milliseconds book(std::string_view key, int per_minute, int burst) override;

 private:
  class Connection;

  const std::filesystem::path path_;
  Clock& clock_;
  std::mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace muster::state
