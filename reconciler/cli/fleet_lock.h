#pragma once

// What keeps other runs of a fleet away while one changes the world.

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "manifests/fleet.h"
#include "reconciler/cli/command.h"
#include "reconciler/cli/shell.h"
#include "state/host_lock.h"
#include "state/run_lock.h"

namespace muster::cli {

/// "process 4711 on host, running since ... (3 min): muster apply"
std::string holder_text(const state::LockHolder& holder, Time now);
/// The host of `lock: {ssh: HOST}`; MUSTER_SSH names another program than ssh, with arguments.
state::LockHost lock_host_of(const manifests::Fleet& fleet, const Environment& environment);

/// Of one command: the lock of this machine, then that of the fleet's lock host. Both are free when it goes. A lock
/// that is lost while the command runs stops it as Ctrl+C does, since another run may begin.
class FleetLock {
 public:
  explicit FleetLock(Invocation& outer);
  ~FleetLock();
  FleetLock(const FleetLock&) = delete;
  FleetLock& operator=(const FleetLock&) = delete;

  /// The command, to be stopped when the lock is lost. Use it in place of the outer one.
  Invocation& call() { return call_; }

  /// Takes the lock of this machine. False: another run has it, and that has been said. True also for a fleet without
  /// uid, whose manifests have errors.
  bool take_here(const manifests::Fleet& fleet);
  /// Takes the one on the lock host, when there is one: likewise. Throws as state::HostLock does.
  bool take_there(const manifests::Fleet& fleet);
  bool is_refused() const { return refused_; }

  /// Runs what needs the locks, and returns its exit code: after the loss of one, which is told here, not that of an
  /// interrupt.
  int hold_during(const std::function<int()>& work);

 private:
  std::optional<std::string> lost_words();
  bool refuse(const manifests::Fleet& fleet, const std::string& where, const state::LockHolder& holder);

  std::stop_source stop_;
  Shell shell_;
  Invocation call_;
  std::stop_callback<std::function<void()>> forward_;
  bool refused_ = false;
  std::string host_;
  std::mutex mutex_;  ///< of lost_
  std::optional<std::string> lost_;
  std::optional<state::RunLock> here_;
  std::optional<state::HostLock> there_;  ///< last: its thread uses what stands above
};

}  // namespace muster::cli
