#pragma once

// A server whose answers are the input of a fuzz target, and what a client needs around it.

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "resources/contract/context.h"
#include "resources/net/network.h"
#include "tests/support/surroundings.h"

namespace muster::fuzz {

/// One answer after the other; who asks for more is not answered.
///
/// An answer is a line with its status, headers as lines "> Name: value", and its body. A line "==== STATUS" begins the
/// next one.
class ScriptedServer : public net::Network {
 public:
  explicit ScriptedServer(std::string_view input);

  /// Answers in place of the input wherever this gives something.
  std::function<std::optional<net::HttpAnswer>(const net::HttpRequest&)> fixed;

  /// Throws std::logic_error when a client will not stop asking.
  std::variant<net::HttpAnswer, net::Unanswered> send(const net::HttpRequest& request,
                                                      const std::stop_token& stop) override;
  std::variant<std::string, net::Unanswered> greeting(const std::string& host, int port,
                                                      const std::stop_token& stop) override;

 private:
  std::vector<net::HttpAnswer> answers_;
  std::size_t next_ = 0;
  std::size_t asked_ = 0;
};

std::vector<net::HttpAnswer> answers_from(std::string_view input);

/// It stands still but when someone sleeps, and then jumps. For one thread.
class StandingClock : public Clock {
 public:
  Time now() const override { return Time(std::chrono::seconds(1'790'000'000)) + elapsed_; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(elapsed_);
  }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    elapsed_ += duration;
    return !stop.stop_requested();
  }

 private:
  std::chrono::milliseconds elapsed_{0};
};

class Silence : public Logger, public ProgressSink {
 public:
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view) override {}
};

class CountedBits : public Random {
 public:
  std::uint64_t bits() override { return bits_ += 7919; }

 private:
  std::uint64_t bits_ = 0;
};

/// A Context with all it refers to.
struct Surroundings {
  StandingClock clock;
  CountedBits random;
  Silence silence;
  CallCounter calls;
  test::AnyPace pace;
  Redactor redactor;
  test::Variables environment{std::map<std::string, std::string>()};
  Context context{clock, random, {}, silence, silence, calls, pace, redactor, environment};
};

/// Runs `read`; what is no muster::Error goes on.
void allow_errors(const std::function<void()>& read);

}  // namespace muster::fuzz
