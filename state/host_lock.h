#pragma once

// The lock of a fleet on a host that several machines reach: one run at a time on all of them together.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "state/run_lock.h"

namespace muster::state {

struct LockHost {
  std::string name;                     ///< as ssh takes it: "user@host", an alias of ~/.ssh/config
  std::vector<std::string> ssh{"ssh"};  ///< the program, and what of its arguments comes first
};

/// flock(1) on a file in the home of the account that ssh logs in to, held by a program there that lives as long as
/// its ssh session: when this process ends, however it ends, the connection ends and the lock is free. When the
/// connection dies the host frees it after a minute, and this side knows after twenty seconds. All machines have to log
/// in to the same account.
class HostLock {
 public:
  /// Blocks until the host has answered, or `stop`. The lock, or who has it; `owner` is what the others are told.
  /// Throws Error(denied, transient, permanent or interrupted) with ssh's own words.
  static std::variant<HostLock, LockHolder> try_acquire(const LockHost& host, std::string_view fleet_uid,
                                                        const LockHolder& owner, const std::stop_token& stop);
  /// Who has it now; nothing when nobody does. Throws as try_acquire does.
  static std::optional<LockHolder> holder(const LockHost& host, std::string_view fleet_uid,
                                          const std::stop_token& stop);

  /// Calls `lost` with ssh's words, once and from a thread of its own, when the lock is lost while this lives.
  void watch(std::function<void(const std::string& words)> lost);

  HostLock(HostLock&&) noexcept;
  HostLock& operator=(HostLock&&) noexcept;
  /// Gives it back, and waits for ssh to end.
  ~HostLock();

 private:
  class Session;
  explicit HostLock(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace muster::state
