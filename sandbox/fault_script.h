#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
};

/// Rules that decide which calls go wrong. Safe from any thread; the generator is seeded, so a sequence of calls
/// always meets the same faults.
///
/// As JSON: {"seed": 7, "rules": [{"service": "nova", "method": "POST", "path": "/servers$", "skip": 2, "count": 1,
/// "probability": 0.3, "action": "drop-after", "delay_ms": 0, "status": 503, "headers": {}, "body": "",
/// "process_first": false, "reset": false, "bytes": 0, "effect": ""}]}. service, method and path are regular
/// expressions (service and method match whole, path anywhere in path?query); all may be left out. The first rule
/// that matches and is neither skipping nor used up decides; without `count` a rule never is used up.
class FaultScript {
 public:
  FaultScript();
  ~FaultScript();
  FaultScript(const FaultScript&) = delete;
  FaultScript& operator=(const FaultScript&) = delete;

  /// Replaces all rules. Throws std::invalid_argument naming the rule and the member that is wrong; then the old
  /// rules stay.
  void load(const nlohmann::json& script);
  void clear();
  /// The fault for this call, if any. Counts the call against the rules.
  std::optional<Fault> next(std::string_view service, std::string_view method, std::string_view target);

 private:
  struct Rule;
  struct Rules;
  std::mutex mutex_;
  std::unique_ptr<Rules> rules_;
};

}  // namespace muster::sandbox
