#pragma once

// One run per fleet and machine. Lives and dies with its process: nothing is left to be unlocked by hand.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "resources/contract/resource.h"

namespace muster::state {

/// Who holds a lock, as far as this machine tells.
struct LockHolder {
  std::string host;
  std::optional<int> pid;     ///< nothing when it is hidden from us (another container)
  std::optional<Time> since;  ///< when that process started
  std::string command;        ///< its command line; empty when hidden
  /// "process 4711 on host, running since 2025-01-31T10:00:00Z (3 min): muster apply fleet"; `age` stands in brackets.
  std::string to_string(std::string_view age = {}) const;
};

/// As others see this process.
LockHolder this_process();

/// A name in Linux' abstract socket namespace, bound for as long as this lives: the kernel frees it with the process
/// (kill -9 too), there is no file to go stale, and it covers every checkout and user on the machine. Containers with
/// a network of their own count as other machines. Not inherited by programs we start.
class RunLock {
 public:
  /// Never blocks. The lock, or who has it. Throws Error(permanent) only when the system has no sockets left.
  /// `machine`: empty for this one; tests play several.
  static std::variant<RunLock, LockHolder> try_acquire(std::string_view fleet_uid, std::string_view machine = {});

  /// Who has it now; nothing when nobody does. Takes nothing, so that a run that begins at this moment is not refused.
  static std::optional<LockHolder> holder(std::string_view fleet_uid, std::string_view machine = {});

  RunLock(RunLock&&) noexcept;
  RunLock& operator=(RunLock&&) noexcept;
  ~RunLock();

 private:
  class Socket;
  explicit RunLock(std::unique_ptr<Socket> socket);
  std::unique_ptr<Socket> socket_;
};

}  // namespace muster::state
