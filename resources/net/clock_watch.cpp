#include "resources/net/clock_watch.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "resources/net/http_date.h"

namespace muster::net {
namespace {

using std::chrono::seconds;

constexpr seconds worth_a_word{60};
constexpr seconds too_much{300};

/// Whole minutes where seconds would only distract.
std::string about(seconds span) {
  if (span <= too_much) return fmt::format("{} s", span.count());
  return fmt::format("about {} minutes", (span.count() + 30) / 60);
}

const char* side_of(seconds difference) { return difference > seconds(0) ? "behind" : "ahead of"; }

}  // namespace

void ClockWatch::saw(const HttpAnswer& answer, Time asked, Time came) {
  const auto date = http_date(answer.header("Date"));
  if (!date || !answer.header("Age").empty()) return;
  const Time told{seconds(*date)};
  // The Date leaves out the fraction of its second.
  const Time latest = told + seconds(1);
  seconds difference{0};
  if (told > came) difference = std::chrono::duration_cast<seconds>(told - came);
  if (latest < asked) difference = std::chrono::duration_cast<seconds>(latest - asked);
  const std::lock_guard lock(mutex_);
  if (!difference_ || std::chrono::abs(difference) < std::chrono::abs(*difference_)) difference_ = difference;
}

std::optional<seconds> ClockWatch::difference() const {
  const std::lock_guard lock(mutex_);
  return difference_;
}

std::optional<Diagnostic> clock_problem(std::string_view server, seconds difference) {
  const seconds span = std::chrono::abs(difference);
  if (span <= worth_a_word) return std::nullopt;
  return Diagnostic{span > too_much ? Severity::error : Severity::warning,
                    {},
                    fmt::format("this machine's clock is {} {} that of {}", about(span), side_of(difference), server),
                    "set this machine's clock, by \"timedatectl set-ntp true\" for instance; if it is right, tell "
                    "whoever runs that server"};
}

Finding clock_finding(std::string_view server, seconds difference, std::string hint) {
  const seconds span = std::chrono::abs(difference);
  if (span <= worth_a_word) return {FindingState::ok, "clock", fmt::format("{} s from {}'s", span.count(), server)};
  return {FindingState::warning, "clock",
          fmt::format("this machine is {} s {} {}", span.count(), side_of(difference), server), std::move(hint)};
}

}  // namespace muster::net
