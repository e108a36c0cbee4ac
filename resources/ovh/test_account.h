#pragma once

// A simulated OVH account on loopback and the Context to talk to it with: for the tests of this folder.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/ovh/session.h"
#include "sandbox/http_service.h"
#include "sandbox/ovh.h"
#include "sandbox/world.h"

namespace muster::ovh {

/// Time for both sides: it stands still but when someone sleeps, and then jumps. Thread-safe.
class SharedClock : public Clock {
 public:
  Time now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override;
  /// How far this machine's clock is behind the server's.
  std::chrono::seconds behind{0};
  std::chrono::system_clock::time_point server_now() const;
  std::chrono::milliseconds slept() const;

 private:
  mutable std::mutex mutex_;
  std::chrono::milliseconds elapsed_{0};
};

class CountingRandom : public muster::Random {
 public:
  std::uint64_t bits() override { return bits_ += 7919; }

 private:
  std::uint64_t bits_ = 0;
};

class RecordingLogger : public Logger {
 public:
  void log(LogLevel level, std::string_view text) override;
  bool has(std::string_view part) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class RecordedProgress : public ProgressSink {
 public:
  void progress(const ResourceId& id, std::string_view text) override;
  /// "name: text", oldest first.
  std::vector<std::string> said() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> said_;
};

/// Lets everything through and counts what was booked under which key.
class CountingBudget : public RateBudget {
 public:
  std::chrono::milliseconds book(std::string_view key, int per_minute, int burst) override;
  std::map<std::string, int> booked;
  std::chrono::milliseconds wait{0};

 private:
  std::mutex mutex_;
};

class MapEnvironment : public Environment {
 public:
  std::optional<std::string> get(std::string_view name) const override;
  std::map<std::string, std::string, std::less<>> variables;
};

/// Runs from construction to destruction.
struct TestAccount {
  explicit TestAccount(sandbox::OvhOptions options = {});

  std::unique_ptr<OvhSession> open(Login login, std::vector<std::string> zones = {});
  std::unique_ptr<OvhSession> open();
  /// The main key with only these rights instead of all.
  static sandbox::OvhOptions with_rules(std::vector<sandbox::OvhAccessRule> rules, sandbox::OvhOptions options = {});

  /// Someone else's record, published.
  std::int64_t add_foreign(const std::string& name, const std::string& type, const std::string& target,
                           std::int64_t ttl = 0);
  /// What is stored at the name, by the account's own reading: targets sorted.
  std::vector<std::string> stored(const std::string& name, const std::string& type);
  /// What public DNS answers; nothing when the name does not exist.
  std::optional<std::vector<std::string>> served(const std::string& name);
  /// Calls of one operation so far: "ovh GET domain/zone/export".
  std::uint64_t calls(const std::string& operation) const;
  void fail_next(const std::string& method, const std::string& path, const std::string& rule);

  SharedClock clock;
  CountingRandom random;
  RecordingLogger logger;
  RecordedProgress progress;
  CallCounter counter;
  CountingBudget budget;
  Redactor redactor;
  MapEnvironment environment;
  std::stop_source stop;
  Context context;

  sandbox::World world;
  sandbox::OvhApi api;
  sandbox::HttpService service;
  const std::string zone = "example.com";
};

inline const std::string test_fleet = "f1e2d3c4";

Resource wanted_scope(const std::string& scope, const std::string& zone = "example.com");
Resource wanted_rrset(const std::string& name, const std::string& type, std::vector<std::string> targets,
                      std::int64_t ttl = 60, const std::string& scope = "my-event",
                      const std::string& zone = "example.com");
Stamp test_stamp(const ResourceId& id, const std::string& fleet = test_fleet);

}  // namespace muster::ovh
