#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::sandbox {

using Time = std::chrono::system_clock::time_point;
/// Answers "what time is it in the world". Called from many threads at once.
using Clock = std::function<Time()>;

enum class Event { created, changed, deleted, called };

/// One thing that happened. Never altered and never removed once written.
struct LedgerEntry {
  std::uint64_t seq = 0;  ///< 1, 2, 3 ... without gaps
  Time time;
  Event event = Event::created;
  std::string kind;     ///< "server", "record" ...; for calls the service
  std::string id;       ///< backend id; for calls the method
  std::string name;     ///< for calls the path with its query
  std::string details;  ///< JSON text; for calls {"status", "latency_ms"}, status 0: closed without an answer

  nlohmann::json to_json() const;
};

struct Counts {
  std::uint64_t created = 0;
  std::uint64_t deleted = 0;
  std::uint64_t alive() const { return created - deleted; }
};

/// Every object that ever existed and every call that was ever made: the oracle for leaks and twins.
/// In memory, append-only, safe from any thread.
class Ledger {
 public:
  explicit Ledger(Clock clock);

  /// `details` is JSON text, empty for none.
  void created(std::string kind, std::string id, std::string name, std::string details = {});
  void changed(std::string kind, std::string id, std::string name, std::string details = {});
  void deleted(std::string kind, std::string id, std::string name, std::string details = {});
  /// A call has come in; called() tells that it was answered.
  void calling(const std::string& service);
  void called(std::string service, std::string method, std::string path, int status, std::chrono::milliseconds latency);

  /// A copy of the entries after `since`, of one kind (empty: all), oldest first.
  std::vector<LedgerEntry> entries(std::string_view kind = {}, std::uint64_t since = 0) const;
  /// Only objects, only created: what the leak and twin checks count.
  std::vector<LedgerEntry> created_ever(std::string_view kind) const;
  Counts counts(std::string_view kind) const;
  std::uint64_t calls(std::string_view service) const;
  /// When the latest object of this id was created, whatever its kind; nothing when there never was one.
  std::optional<Time> created_at(std::string_view id) const;
  /// The number of the latest entry, 0 without one.
  std::uint64_t last() const;
  /// Calls to all services that have come in and are not answered.
  std::uint64_t under_way() const;
  /// How many calls to a service were under way at the same time, at most.
  std::uint64_t most_at_once(std::string_view service) const;
  /// {"objects": {kind: {created, deleted, alive}}, "calls": {service: n}, "methods": {service: {method: n}},
  /// "most_at_once": {service: n}, "seq": n}
  nlohmann::json summary() const;

 private:
  void append(Event event, std::string kind, std::string id, std::string name, std::string details);

  Clock clock_;
  mutable std::mutex mutex_;
  std::vector<LedgerEntry> entries_;
  std::map<std::string, Counts, std::less<>> counts_;
  std::map<std::string, Time, std::less<>> created_;  ///< by id
  std::map<std::string, std::map<std::string, std::uint64_t>, std::less<>> calls_;
  std::map<std::string, std::uint64_t, std::less<>> under_way_;
  std::map<std::string, std::uint64_t, std::less<>> most_at_once_;
};

/// 2026-11-21T05:02:58.000000Z
std::string iso_time(Time time);

}  // namespace muster::sandbox
