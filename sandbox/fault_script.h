#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/ledger.h"

namespace muster::sandbox {

/// What goes wrong with one call.
struct Fault {
  enum class Action {
    pass,         ///< nothing but the delay or the effect
    status,       ///< answer with status, headers and body instead of processing
    drop_before,  ///< close the connection, nothing is processed
    drop_after,   ///< process, then close the connection without a byte of answer
    truncate      ///< process, announce the whole answer, send `bytes` of its body, close
  };
  Action action = Action::pass;
  std::chrono::milliseconds delay{0};
  int status = 503;
  std::map<std::string, std::string> headers;
  std::string body;
  bool process_first = false;  ///< status only: the change is made, then the client is told it failed
  bool reset = false;          ///< drops end with RST instead of FIN
  std::size_t bytes = 0;
  std::string effect;  ///< for the service itself to act on, such as nova's "error" and "stuck" servers
  // Of lists, which are answers to GET that are or hold a JSON array:
  double missing = 0;                  ///< the probability that an item is left out
  double repeated = 0;                 ///< the probability that one stands twice
  std::chrono::milliseconds stale{0};  ///< the oldest answer that this call had within this time, instead of today's
};

/// Rules that decide which calls go wrong. Safe from any thread; the generator is seeded, so a sequence of calls
/// always meets the same faults.
///
/// As JSON: {"seed": 7, "rules": [{"service": "nova", "method": "POST", "path": "/servers$", "skip": 2, "count": 1,
/// "probability": 0.3, "action": "drop-after", "delay_ms": 0, "status": 503, "headers": {}, "body": "",
/// "process_first": false, "reset": false, "bytes": 0, "effect": "", "spread_ms": 0, "young_ms": 0, "for_ms": 0,
/// "every_ms": 0, "missing": 0, "repeated": 0, "stale_ms": 0}]}. service, method and path are regular expressions
/// (service and method match whole, path anywhere in path?query); all may be left out. The first rule that matches and
/// is neither skipping nor used up decides; without `count` a rule never is used up.
///
/// spread_ms: up to so much more delay, by chance, so that calls overtake each other. young_ms: only calls whose path
/// names an object created less than so long ago. for_ms with every_ms: only in the first for_ms of every every_ms
/// since the script was loaded: a storm that comes again and again. Delays are real time; all else is the world's.
class FaultScript {
 public:
  /// When the object of an id was created; nothing when there is none.
  using CreatedAt = std::function<std::optional<Time>(std::string_view id)>;
  FaultScript(Clock clock, CreatedAt created_at);
  ~FaultScript();
  FaultScript(const FaultScript&) = delete;
  FaultScript& operator=(const FaultScript&) = delete;

  /// Replaces all rules. Throws std::invalid_argument naming the rule and the member that is wrong; then the old
  /// rules stay.
  void load(const nlohmann::json& script);
  void clear();
  /// The fault for this call, if any. Counts the call against the rules.
  std::optional<Fault> next(std::string_view service, std::string_view method, std::string_view target);
  /// How many calls have met a fault.
  std::uint64_t met() const;

 private:
  struct Rule;
  struct Rules;
  bool is_time_for(const Rule& rule, Time now) const;
  bool is_young_enough(const Rule& rule, Time now, std::string_view target) const;

  const Clock clock_;
  const CreatedAt created_at_;
  mutable std::mutex mutex_;
  std::unique_ptr<Rules> rules_;
  std::uint64_t met_ = 0;
};

}  // namespace muster::sandbox
