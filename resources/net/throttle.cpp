#include "resources/net/throttle.h"

#include <fmt/format.h>

#include <algorithm>

namespace muster::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr milliseconds shortest_pause = 1s;
constexpr milliseconds longest_pause = 30s;
constexpr milliseconds wait_in_a_verb = 2s;
constexpr milliseconds wait_elsewhere = 5min;
/// A shorter wait explains itself.
constexpr milliseconds shortest_told = 500ms;
/// Nobody waits for a day.
constexpr milliseconds longest_closed = 24h;

Error interrupted() { return Error(Fault::interrupted, "stopped before the next request"); }

void sleep(milliseconds duration, Context& context) {
  if (duration > 0ms && !context.clock.sleep(duration, context.stop)) throw interrupted();
}

/// So that it is seen what takes so long.
void sleep_as_asked(milliseconds duration, Context& context) {
  const bool is_felt = duration >= shortest_told;
  const ResourceId about = context.about == nullptr ? ResourceId{} : *context.about;
  if (is_felt) {
    const std::string what =
        fmt::format("waiting {:.1f} s: the server asks for a pause", static_cast<double>(duration.count()) / 1000);
    context.logger.log(LogLevel::info, what);
    context.progress.progress(about, what);
  }
  const bool rested = context.clock.sleep(duration, context.stop);
  if (is_felt) context.progress.progress(about, "");
  if (!rested) throw interrupted();
}

}  // namespace

bool is_refused_for_now(const HttpAnswer& answer) {
  return answer.status == 429 || (answer.status == 503 && answer.retry_after());
}

Throttle::Throttle(int concurrency, int per_second)
    : most_(std::max(1, concurrency)),
      interval_(per_second > 0 ? nanoseconds(1s) / per_second : 0ns),
      allowed_(most_) {}

Throttle::Turn::Turn(Throttle& throttle, Context& context) : throttle_(throttle), refusals_(0) {
  throttle_.wait_for_slot(context, refusals_);
  try {
    throttle_.wait_for_pace(context, refusals_);
  } catch (...) {
    const std::lock_guard lock(throttle_.mutex_);
    --throttle_.under_way_;
    throttle_.freed_.notify_one();
    throw;
  }
}

Throttle::Turn::~Turn() {
  const std::lock_guard lock(throttle_.mutex_);
  --throttle_.under_way_;
  throttle_.freed_.notify_one();
}

void Throttle::Turn::answered(const HttpAnswer& answer, Context& context) {
  if (is_refused_for_now(answer))
    throttle_.refused(answer, refusals_, context);
  else
    throttle_.succeeded();
}

milliseconds Throttle::pause_left(const Clock& clock) const {
  const std::lock_guard lock(mutex_);
  const auto now = clock.steady_now();
  return closed_until_ <= now ? 0ms : std::chrono::ceil<milliseconds>(closed_until_ - now);
}

int Throttle::scaled(int limit) const {
  const std::lock_guard lock(mutex_);
  return std::max(1, static_cast<int>(static_cast<std::int64_t>(limit) * allowed_ / most_));
}

/// Whoever frees a slot wakes one, since a hundred may wait. One that finds a pause instead may leave, and hands its
/// wake-up on. A pause may begin while one waits for a slot, and what was freed meanwhile be taken while one waits for
/// its end.
void Throttle::wait_for_slot(Context& context, std::uint64_t& refusals) {
  while (true) {
    wait_for_pause(context);
    std::unique_lock lock(mutex_);
    if (!freed_.wait(lock, context.stop, [this] { return under_way_ < allowed_; })) throw interrupted();
    if (closed_until_ > context.clock.steady_now()) {
      freed_.notify_one();
      continue;
    }
    ++under_way_;
    refusals = refusals_;
    return;
  }
}

void Throttle::wait_for_pause(Context& context) const {
  const milliseconds left = pause_left(context.clock);
  if (left <= 0ms) return;
  if (left > longest_wait(context)) {
    throw Error(Fault::transient, fmt::format("not sent: the server asks for a pause, of which {:.0f} s are left",
                                              static_cast<double>(left.count()) / 1000))
        .with_retry_after(left);
  }
  sleep_as_asked(left, context);
}

/// A pause may begin while one waits for the next moment of the pace.
void Throttle::wait_for_pace(Context& context, std::uint64_t& refusals) {
  while (interval_ != 0ns) {
    const auto now = context.clock.steady_now();
    std::chrono::steady_clock::time_point turn;
    {
      const std::lock_guard lock(mutex_);
      turn = std::max(next_, now);
      next_ = turn + interval_ * most_ / allowed_;
    }
    sleep(std::chrono::ceil<milliseconds>(turn - now), context);
    {
      const std::lock_guard lock(mutex_);
      refusals = refusals_;
      if (closed_until_ <= context.clock.steady_now()) return;
    }
    wait_for_pause(context);
  }
}

void Throttle::refused(const HttpAnswer& answer, std::uint64_t refusals_when_sent, Context& context) {
  const auto asked = answer.retry_after();
  const std::uint64_t chance = context.random.bits();
  const auto now = context.clock.steady_now();
  const std::lock_guard lock(mutex_);
  const bool is_news = refusals_when_sent == refusals_;
  if (is_news) {
    ++refusals_;
    allowed_ = std::max(1, allowed_ / 2);
    successes_ = 0;
  }
  milliseconds pause = std::min(asked.value_or(0ms), longest_closed);
  if (is_news && !asked) {
    const milliseconds least = std::min(longest_pause, shortest_pause * (1 << std::min(refused_in_a_row_++, 5)));
    pause = least + milliseconds(chance % static_cast<std::uint64_t>(least.count() / 4));
  }
  closed_until_ = std::max(closed_until_, now + pause);
}

void Throttle::succeeded() {
  const std::lock_guard lock(mutex_);
  refused_in_a_row_ = 0;
  if (allowed_ == most_ || ++successes_ < allowed_) return;
  ++allowed_;
  successes_ = 0;
  freed_.notify_one();
}

milliseconds longest_wait(const Context& context) { return context.about == nullptr ? wait_elsewhere : wait_in_a_verb; }

bool wait_as_asked(const Error& error, milliseconds& slept, Context& context) {
  const auto asked = error.retry_after();
  if (!asked || error.fault() != Fault::transient) return false;
  // Workers that were refused together do not come back together.
  const milliseconds pause = *asked + milliseconds(context.random.bits() % 500);
  if (slept + *asked > longest_wait(context)) return false;
  slept += *asked;
  context.logger.log(LogLevel::info, error.message());
  sleep_as_asked(pause, context);
  return true;
}

}  // namespace muster::net
