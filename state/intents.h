#pragma once

// A durable row for a remote write that has begun. What is open after a crash is what has to be looked up.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/contract/observed.h"
#include "state/sqlite.h"

namespace muster::state {

using IntentId = std::int64_t;
using RunId = std::int64_t;

enum class IntentState {
  opened,   ///< committed before the call; whether it was sent is not known
  unclear,  ///< sent, and the answer does not say whether it was done
};
std::string_view to_string(IntentState state);

struct Intent {
  IntentId id = 0;  ///< given by open()
  ResourceId resource;
  Verb verb = Verb::create;
  Incarnation incarnation{};    ///< of the create under way, or of the object that is written to
  std::string connection{};     ///< "OpenStackProject/cloud"
  std::string backend_id{};     ///< empty: not known yet
  std::string wanted_digest{};  ///< what was to be made; empty for a remove
  RunId run = 0;
  Time opened_at{};
  IntentState state = IntentState::opened;
  std::optional<Time> unclear_since{};
  bool operator==(const Intent&) const = default;
};

class Intents {
 public:
  explicit Intents(Database& database);

  /// Durable when it returns, or when the surrounding Transaction is committed: only then make the call.
  IntentId open(const Intent& intent);
  /// Keeps the earliest `since`, so that a later run continues the same quiet window.
  void mark_unclear(IntentId id, Time since);
  /// The outcome is known; belongs into the transaction that records it. No error when it is closed already.
  void close(IntentId id);

  /// In the order they were opened.
  std::vector<Intent> list();

 private:
  Statement insert_, unclear_, delete_, select_;
};

}  // namespace muster::state
