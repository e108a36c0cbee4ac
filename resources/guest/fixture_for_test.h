#pragma once

// What the tests of this folder share: a Context of their own and a port that greets.

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/driver.h"

namespace muster::guest {

/// Stands still unless it is set.
class SetClock : public Clock {
 public:
  Time now() const override { return time; }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  bool sleep(std::chrono::milliseconds, std::stop_token) override { return true; }
  Time time{std::chrono::seconds(1'700'000'000)};
};

class Zeros : public Random {
 public:
  std::uint64_t bits() override { return 0; }
};

class Silence : public Logger, public ProgressSink {
 public:
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view) override {}
};

class NoBudget : public RateBudget {
 public:
  std::chrono::milliseconds book(std::string_view, int, int) override { return {}; }
};

class Variables : public Environment {
 public:
  std::optional<std::string> get(std::string_view name) const override {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, std::string, std::less<>> values;
};

struct TestContext {
  SetClock clock;
  Zeros random;
  Silence silence;
  CallCounter calls;
  NoBudget budget;
  Redactor redactor;
  Variables environment;
  std::stop_source stop;
  Context context{clock, random, stop.get_token(), silence, silence, calls, budget, redactor, environment};
};

class NoSession : public Session {};

/// A port of loopback that sends `greeting` to whoever connects, once `together` connections are open at the same time,
/// and then closes (with an empty greeting at once).
class GreetingPort {
 public:
  explicit GreetingPort(std::string greeting, int together = 1);
  ~GreetingPort();
  GreetingPort(const GreetingPort&) = delete;
  GreetingPort& operator=(const GreetingPort&) = delete;
  int port() const { return port_; }

 private:
  void accept_all();

  std::string greeting_;
  std::size_t together_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
};

/// A port of loopback that never says anything: it accepts connections, or does not even do that, like a host behind a
/// firewall.
class SilentPort {
 public:
  explicit SilentPort(bool accepts);
  ~SilentPort();
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  int port() const { return port_; }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::vector<int> queued_;
};

/// A resource of this kind with all holes filled.
Resource sample_check(const std::string& type, int port, const std::string& incarnation = "00000000000000aa");

}  // namespace muster::guest
