#pragma once

// A fleet whose commands run in processes of their own, which may be killed, beside a cloud that stays.
//
// Time: cloud and commands share a clock that passes 20 times as fast as ours and leaps ahead by a second every few
// milliseconds while nothing runs anywhere (standstill.h). A quiet window of 60 or 120 s therefore passes in a moment
// when all there is to do is to wait for it, but takes 3 or 6 s of ours while anything is under way. What the cloud
// does late, after the process that asked for it is dead, takes at most `longest_delay` of ours: a window is at least
// 75 times as long.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/sandbox.h"
#include "state/child_for_test.h"
#include "tests/campaigns/leaping_clock.h"
#include "tests/cli/party.h"

namespace muster::test {

struct Blow {
  enum class Kind {
    kill,       ///< SIGKILL
    interrupt,  ///< Ctrl+C; the run ends on its own
    interrupt_twice
  };
  Kind kind = Kind::kill;
  /// After this time; nothing: after `calls`.
  std::optional<std::chrono::microseconds> time;
  std::uint64_t calls = 0;
};

struct EndedRun {
  int status = 0;       ///< exit code; the number of the signal that ended it, negative
  bool struck = false;  ///< false: it ended before the blow
  std::chrono::microseconds wall{};
  std::chrono::milliseconds passed{};  ///< of the time of cloud and commands
  std::uint64_t calls = 0;
  std::string screen;  ///< empty when it was killed
};

class KillableFleet {
 public:
  static constexpr std::chrono::milliseconds longest_delay{40};

  /// `adjust`: what is to be different about the cloud.
  explicit KillableFleet(int hosts, const std::function<void(sandbox::SandboxOptions&)>& adjust = {});

  EndedRun run(const std::vector<std::string>& words, const std::optional<Blow>& blow = {});
  /// One create in `out_of` reaches the cloud late, by `longest_delay`.
  void delay_creates(int out_of);
  void let_pass(std::chrono::seconds time) { clock_.leap(time); }
  /// By how much time leaps when nothing runs; a second unless said otherwise.
  void set_leap(std::chrono::seconds distance) { leap_ = distance; }
  /// Called at the beginning of each run, in its process.
  void begin_runs_with(std::function<void()> preparation) { preparation_ = std::move(preparation); }
  Party& party() { return party_; }

 private:
  std::uint64_t calls();

  state::TemporaryDirectory papers_;
  LeapingClock clock_;
  std::chrono::milliseconds leap_{1000};
  Party party_;
  std::function<void()> preparation_;
};

}  // namespace muster::test
