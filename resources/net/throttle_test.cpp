#include "resources/net/throttle.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace muster;
using namespace muster::net;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

/// Time that passes only when somebody sleeps.
class StandingClock : public Clock {
 public:
  Time now() const override { return Time(passed_.load()); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(1h + passed_.load());
  }
  bool sleep(milliseconds duration, std::stop_token stop) override {
    passed_ = passed_.load() + duration;
    if (const auto happens = std::exchange(in_next_sleep, {})) happens();
    return !stop.stop_requested();
  }
  milliseconds passed() const { return passed_; }

  std::function<void()> in_next_sleep;  ///< for tests of one thread

 private:
  std::atomic<milliseconds> passed_{0ms};
};

struct Quiet : Random, Logger, ProgressSink, RateBudget, Environment {
  std::uint64_t bits() override { return 0; }
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view text) override {
    if (!text.empty()) said = text;
  }
  milliseconds book(std::string_view, int, int) override { return 0ms; }
  std::optional<std::string> get(std::string_view) const override { return std::nullopt; }
  std::string said;
};

struct Stand {
  void send(Throttle& throttle, const HttpAnswer& answer) {
    Throttle::Turn(throttle, context).answered(answer, context);
  }
  /// How many turns can be had before one would have to wait.
  int at_once(Throttle& throttle) const { return throttle.scaled(8); }

  StandingClock clock;
  Quiet quiet;
  CallCounter calls;
  Redactor redactor;
  std::stop_source stop;
  Context context{clock, quiet, stop.get_token(), quiet, quiet, calls, quiet, redactor, quiet};
};

const HttpAnswer fine{200, {}, {}};
const HttpAnswer too_many{429, {}, {}};
const HttpAnswer later{429, {{"Retry-After", "20"}}, {}};

TEST_CASE("429, and 503 that says when to come back, are refusals for the moment; nothing else is") {
  CHECK(is_refused_for_now(too_many));
  CHECK(is_refused_for_now({503, {{"Retry-After", "1"}}, {}}));
  CHECK_FALSE(is_refused_for_now({503, {}, {}}));
  CHECK_FALSE(is_refused_for_now({500, {{"Retry-After", "1"}}, {}}));
  CHECK_FALSE(is_refused_for_now(fine));
}

TEST_CASE("every refusal halves what is allowed, to one at least; successes restore it step by step") {
  Stand stand;
  Throttle throttle(8, 0);
  std::vector<int> allowed;
  for (int i = 0; i < 5; ++i) {
    stand.send(throttle, too_many);
    allowed.push_back(stand.at_once(throttle));
  }
  CHECK(allowed == std::vector<int>{4, 2, 1, 1, 1});
  int successes = 0;
  for (int wanted = 2; wanted <= 8; ++wanted) {
    for (; stand.at_once(throttle) < wanted; ++successes) stand.send(throttle, fine);
  }
  CHECK(successes == 1 + 2 + 3 + 4 + 5 + 6 + 7);
}

TEST_CASE("refusals of requests that were under way together count once") {
  Stand stand;
  Throttle throttle(8, 0);
  {
    Throttle::Turn first(throttle, stand.context);
    Throttle::Turn second(throttle, stand.context);
    Throttle::Turn third(throttle, stand.context);
    for (Throttle::Turn* turn : {&first, &second, &third}) turn->answered(too_many, stand.context);
  }
  CHECK(stand.at_once(throttle) == 4);
}

TEST_CASE("what the server asks for is kept by the whole connection; without a word pauses double up to 30 s") {
  Stand stand;
  Throttle throttle(8, 0);
  stand.send(throttle, later);
  CHECK(throttle.pause_left(stand.clock) == 20s);
  stand.send(throttle, fine);
  CHECK(stand.clock.passed() == 20s);
  CHECK(stand.quiet.said == "waiting 20.0 s: the server asks for a pause");

  std::vector<milliseconds> pauses;
  for (int i = 0; i < 7; ++i) {
    stand.send(throttle, too_many);
    pauses.push_back(throttle.pause_left(stand.clock));
  }
  CHECK(pauses == std::vector<milliseconds>{1s, 2s, 4s, 8s, 16s, 30s, 30s});
}

TEST_CASE("a verb does not hold its worker through a long pause: nothing is sent, and it is told when to come back") {
  Stand stand;
  const ResourceId about{"test.thing", "a"};
  stand.context.about = &about;
  Throttle throttle(8, 0);
  stand.send(throttle, later);
  try {
    const Throttle::Turn turn(throttle, stand.context);
    FAIL("it has a turn");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::transient);
    CHECK(error.retry_after() == milliseconds(20s));
    CHECK(error.message() == "not sent: the server asks for a pause, of which 20 s are left");
  }
  CHECK(stand.clock.passed() == 0s);
}

TEST_CASE("the rate shrinks with what is allowed") {
  Stand stand;
  Throttle throttle(4, 10);
  const auto duration_of = [&](int requests) {
    const milliseconds began = stand.clock.passed();
    for (int i = 0; i < requests; ++i) const Throttle::Turn turn(throttle, stand.context);
    return stand.clock.passed() - began;
  };
  CHECK(duration_of(11) == 1s);
  stand.send(throttle, too_many);
  stand.clock.sleep(10s, {});
  CHECK(duration_of(11) == 2s);
}

TEST_CASE("a pause that begins while one waits for its moment is kept, and a refusal after it is news") {
  Stand stand;
  Throttle throttle(8, 1);
  std::optional<Throttle::Turn> first(std::in_place, throttle, stand.context);
  stand.clock.in_next_sleep = [&] {
    first->answered(later, stand.context);
    first.reset();
  };
  Throttle::Turn second(throttle, stand.context);
  CHECK(stand.clock.passed() >= 21s);
  CHECK(stand.at_once(throttle) == 4);
  second.answered(too_many, stand.context);
  CHECK(stand.at_once(throttle) == 2);
}

TEST_CASE("no more requests are under way together than is allowed, whoever makes them") {
  Stand stand;
  Throttle throttle(4, 0);
  std::atomic<int> under_way{0};
  std::atomic<int> most{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      const Throttle::Turn turn(throttle, stand.context);
      const int now = ++under_way;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
      std::this_thread::yield();
      --under_way;
    });
  }
  threads.clear();
  CHECK(most <= 4);
}

TEST_CASE("a pause that begins while many wait for a turn is told to all of them") {
  for (int round = 0; round < 50; ++round) {
    Stand stand;
    const ResourceId about{"test.thing", "a"};
    stand.context.about = &about;
    Throttle throttle(1, 0);
    std::atomic<int> begun{0};
    std::atomic<int> told{0};
    std::vector<std::jthread> threads;
    {
      Throttle::Turn taken(throttle, stand.context);
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
          ++begun;
          try {
            const Throttle::Turn turn(throttle, stand.context);
          } catch (const Error& error) {
            if (error.fault() == Fault::transient) ++told;
          }
        });
      }
      while (begun < 3) std::this_thread::yield();
      taken.answered(later, stand.context);
    }
    threads.clear();  // never ends for those who are not woken
    CHECK(told == 3);
  }
}

TEST_CASE("who waits for a turn stops waiting when asked to") {
  Stand stand;
  Throttle throttle(1, 0);
  const Throttle::Turn taken(throttle, stand.context);
  stand.stop.request_stop();
  CHECK_THROWS_AS(Throttle::Turn(throttle, stand.context), Error);
}

TEST_CASE("a read waits as long as it is asked to, but for no more than five minutes in all") {
  Stand stand;
  milliseconds slept{0};
  const Error busy = Error(Fault::transient, "busy").with_retry_after(2min);
  CHECK(wait_as_asked(busy, slept, stand.context));
  CHECK(wait_as_asked(busy, slept, stand.context));
  CHECK_FALSE(wait_as_asked(busy, slept, stand.context));
  CHECK(stand.clock.passed() == 4min);
  CHECK_FALSE(wait_as_asked(Error(Fault::transient, "away"), slept, stand.context));
  CHECK_FALSE(wait_as_asked(Error(Fault::unclear, "lost").with_retry_after(1s), slept, stand.context));
}

}  // namespace
