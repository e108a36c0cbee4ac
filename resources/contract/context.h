#pragma once

// Everything ambient a driver may use. Nothing else is: no singletons, no environment, no clock of its own.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/milestone.h"
#include "resources/contract/resource.h"
#include "resources/contract/secret.h"

namespace muster {

namespace net {
class Network;
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  /// For limits and waits; never goes back.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  /// Waits for `duration` or until `stop` is asked for; false when it was.
  virtual bool sleep(std::chrono::milliseconds duration, std::stop_token stop) = 0;
  /// How long `duration` of this clock is for the machine: what to wait on a condition variable.
  virtual std::chrono::milliseconds in_machine_time(std::chrono::milliseconds duration) const { return duration; }
};

/// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t bits() = 0;
};

enum class LogLevel { debug, info, warning };

/// Diagnostics for people who look closer (-v). Thread-safe; redacts at the sink.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void log(LogLevel level, std::string_view text) = 0;
};

/// Where a verb that takes long says how far it is. Thread-safe; may drop what comes too fast.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  /// `text` is short and for people: "uploaded 120 of 900 MB, 4 s left"; empty: that is over. With an empty id it is
  /// about no single thing.
  virtual void progress(const ResourceId& id, std::string_view text) = 0;
};

/// Counts requests per service, for the line every plan prints. Thread-safe.
class CallCounter {
 public:
  /// `what` names service and operation without ids: "nova GET servers/detail".
  void add(std::string_view what);
  std::map<std::string, std::uint64_t> totals() const;
  std::uint64_t total() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

/// The ids under which backends logged the writes of one verb: what their operators ask for. Thread-safe.
class RequestIds {
 public:
  void add(std::string_view id);
  /// In the order they were added; leaves none.
  std::vector<std::string> take();

 private:
  std::mutex mutex_;
  std::vector<std::string> ids_;
};

/// A budget of calls shared by all threads and by other runs on this machine. Thread-safe.
class RateBudget {
 public:
  virtual ~RateBudget() = default;
  /// Books one call on `key` (one API key, say) at no more than `per_minute`, bursts of up to `burst` allowed, and
  /// returns how long the caller has to wait before it makes the call. Never blocks on the network.
  virtual std::chrono::milliseconds book(std::string_view key, int per_minute, int burst) = 0;
};

/// The environment variables muster was started with; read through here so that tests can give their own.
class Environment {
 public:
  virtual ~Environment() = default;
  /// Nothing when unset; an empty variable counts as unset.
  virtual std::optional<std::string> get(std::string_view name) const = 0;
  /// Set, and nothing in it: for messages, since who set it looks for another mistake.
  virtual bool is_empty(std::string_view) const { return false; }
};

/// What a command may do to the world. Calls that would change it are refused where they are sent (resources/net), so
/// that a command that only looks is read-only by construction.
enum class Access { read, write };

struct Context {
  Clock& clock;
  Random& random;
  std::stop_token stop;
  Logger& logger;
  ProgressSink& progress;
  CallCounter& calls;
  RateBudget& budget;
  Redactor& redactor;
  const Environment& environment;
  Access access = Access::read;
  RequestIds* request_ids = nullptr;  ///< nullptr: nobody asks for them
  /// What a verb is about, for its progress; nullptr where many things are read at once.
  const ResourceId* about = nullptr;
  Milestones* milestones = nullptr;  ///< nullptr: nobody watches
  net::Network* network = nullptr;   ///< carries requests instead of sockets (resources/net/network.h)
};

}  // namespace muster
