#include "reconciler/cli/fleet_lock.h"

#include <fmt/format.h>

#include <functional>
#include <sstream>
#include <utility>
#include <variant>

#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

Shell stopped_by(const Shell& shell, const std::stop_source& stop) {
  Shell copy = shell;
  copy.stop = stop.get_token();
  return copy;
}

void show(Invocation& call, const Error& error) {
  if (call.options.json) call.console.out(error_record(error));
  call.console.err(error_text(error, call.console.err_paint()));
}

}  // namespace

std::string holder_text(const state::LockHolder& holder, Time now) {
  const bool has_age = holder.since && *holder.since <= now;
  return holder.to_string(has_age ? duration_text(now - *holder.since) : "");
}

state::LockHost lock_host_of(const manifests::Fleet& fleet, const Environment& environment) {
  state::LockHost host{.name = fleet.lock_host};
  std::istringstream words(environment.get("MUSTER_SSH").value_or(""));
  std::vector<std::string> ssh;
  for (std::string word; words >> word;) ssh.push_back(word);
  if (!ssh.empty()) host.ssh = std::move(ssh);
  return host;
}

FleetLock::FleetLock(Invocation& outer)
    : shell_(stopped_by(outer.shell, stop_)),
      call_{outer.options, shell_, outer.console, outer.redactor, outer.registry},
      forward_(outer.shell.stop, [this] { stop_.request_stop(); }) {}

FleetLock::~FleetLock() = default;

bool FleetLock::refuse(const manifests::Fleet& fleet, const std::string& where, const state::LockHolder& holder) {
  refused_ = true;
  show(call_, Error(Fault::conflict,
                    fmt::format("another run holds the lock of fleet '{}'{}: {}", fleet.name, where,
                                holder_text(holder, shell_.clock.now())),
                    "wait until it ends, or end it; the lock goes with its process"));
  return false;
}

bool FleetLock::take_here(const manifests::Fleet& fleet) {
  if (fleet.uid.empty()) return true;
  auto lock = state::RunLock::try_acquire(fleet.uid, shell_.machine);
  if (const auto* holder = std::get_if<state::LockHolder>(&lock)) return refuse(fleet, "", *holder);
  here_ = std::get<state::RunLock>(std::move(lock));
  return true;
}

bool FleetLock::take_there(const manifests::Fleet& fleet) {
  if (fleet.lock_host.empty()) return true;
  host_ = fleet.lock_host;
  auto lock = state::HostLock::try_acquire(lock_host_of(fleet, shell_.environment), fleet.uid, state::this_process(),
                                           shell_.stop);
  if (const auto* holder = std::get_if<state::LockHolder>(&lock)) return refuse(fleet, " on " + host_, *holder);
  there_ = std::get<state::HostLock>(std::move(lock));
  there_->watch([this](const std::string& words) {
    {
      const std::lock_guard lock_of_words(mutex_);
      lost_ = words;
    }
    stop_.request_stop();
  });
  return true;
}

std::optional<std::string> FleetLock::lost_words() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

int FleetLock::hold_during(const std::function<int()>& work) {
  int code = Exit::interrupted;
  try {
    code = work();
  } catch (const Error& error) {
    if (error.fault() != Fault::interrupted || !lost_words()) throw;
  }
  const std::optional<std::string> words = lost_words();
  if (!words) return code;
  show(call_,
       Error(Fault::transient,
             fmt::format("the lock on {} was lost: {}; what had begun was ended, and nothing was begun after that",
                         host_, words->empty() ? "ssh ended without a word" : *words),
             "run again: it goes on from there"));
  return code == Exit::interrupted ? Exit::partly : code;
}

}  // namespace muster::cli
