#include "tests/campaigns/killed_run.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "reconciler/cli/signals.h"
#include "tests/campaigns/standstill.h"

namespace muster::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Steady = std::chrono::steady_clock;

constexpr microseconds between_looks{300};
constexpr milliseconds between_looks_for_standstill{4};
/// Of our time. What takes longer hangs.
constexpr seconds longest_run{180};

sandbox::SandboxOptions cloud_on(const Clock& clock, const std::function<void(sandbox::SandboxOptions&)>& adjust) {
  sandbox::SandboxOptions options;
  options.clock = [&clock] { return clock.now(); };
  options.openstack.boot_time = seconds(2);
  options.openstack.delete_time = seconds(1);
  // A machine too busy to run us for a second of ours is no expired login.
  options.openstack.token_ttl = seconds(24 * 3600);
  options.ovh.timestamp_window = seconds(3600);
  if (adjust) adjust(options);
  return options;
}

/// What only the real process would say, after a second Ctrl+C.
void send_errors_to(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0 || ::dup2(file, STDERR_FILENO) < 0) throw std::runtime_error("cannot write " + path);
}

microseconds since(Steady::time_point began) { return std::chrono::duration_cast<microseconds>(Steady::now() - began); }

void strike(const Blow& blow, pid_t run) {
  ::kill(run, blow.kind == Blow::Kind::kill ? SIGKILL : SIGINT);
  if (blow.kind == Blow::Kind::interrupt_twice) {
    std::this_thread::sleep_for(milliseconds(5));  // or the two are one
    ::kill(run, SIGINT);
  }
}

}  // namespace

KillableFleet::KillableFleet(int hosts, const std::function<void(sandbox::SandboxOptions&)>& adjust)
    : party_(hosts, cloud_on(clock_, adjust)) {
  party_.set_clock(&clock_);
}

void KillableFleet::delay_creates(int out_of) {
  const auto rule = [out_of](const char* service, const char* path) {
    return nlohmann::json{{"service", service},          {"method", "POST"},  {"path", path},
                          {"probability", 1.0 / out_of}, {"action", "delay"}, {"delay_ms", longest_delay.count()}};
  };
  party_.cloud().faults().load({{"rules", {rule("nova", "/servers$"), rule("ovh", "/record$")}}});
}

std::uint64_t KillableFleet::calls() {
  std::uint64_t total = 0;
  for (const char* service : {"nova", "ovh", "keystone", "glance", "neutron"})
    total += party_.cloud().ledger().calls(service);
  return total;
}

EndedRun KillableFleet::run(const std::vector<std::string>& words, const std::optional<Blow>& blow) {
  const std::string screen = papers_.path() / "screen";
  std::filesystem::remove(screen);
  EndedRun ended;
  const std::uint64_t calls_before = calls();
  const auto began = Steady::now();
  const Time began_there = clock_.now();
  state::Child child([&](const auto&) {
    send_errors_to(screen);
    if (preparation_) preparation_();
    const cli::Signals signals;
    const Ran ran = party_.run_until(words, signals.stop());
    state::write_bytes(screen, ran.err + ran.out);
    return ran.code;
  });
  Standstill standstill(child.pid(), party_.cloud().ledger());
  auto next_look = began;
  while (!child.has_ended()) {
    const bool is_due = blow && (blow->time ? since(began) >= *blow->time : calls() - calls_before >= blow->calls);
    if (is_due && !ended.struck) {
      strike(*blow, child.pid());
      ended.struck = true;
    }
    if (Steady::now() >= next_look) {
      if (standstill.lasts()) clock_.leap(leap_);
      next_look = Steady::now() + between_looks_for_standstill;
    }
    if (since(began) > longest_run) throw std::runtime_error("a run hangs: process " + std::to_string(child.pid()));
    std::this_thread::sleep_for(between_looks);
  }
  ended.status = child.wait();
  ended.wall = since(began);
  ended.passed = clock_.now() - began_there;
  ended.calls = calls() - calls_before;
  ended.screen = std::filesystem::exists(screen) ? state::file_bytes(screen) : std::string();
  return ended;
}

}  // namespace muster::test
