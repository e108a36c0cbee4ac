#pragma once

// Where a run is. Tests end it there; in the product nobody watches.

#include <string_view>

#include "resources/contract/resource_id.h"

namespace muster {

/// The points between which a run differs in what is durable, here or at the backend.
enum class Milestone {
  before_intent,  ///< a verb is decided, and nothing of that is durable
  after_intent,   ///< its intent is durable, and nothing is sent
  after_send,     ///< a writing request has left as a whole, and nothing of its answer has been taken
  after_answer,   ///< the verb has returned, and nothing of that is durable
  after_commit,   ///< what it returned is durable
  between_steps   ///< a step has ended, durably, and what waited for it has not begun
};
std::string_view to_string(Milestone milestone);

/// Thread-safe.
class Milestones {
 public:
  virtual ~Milestones() = default;
  /// On the thread that gets there. `verb`: "create", "resume" ..., "replace" for both halves of one; empty with
  /// after_send: the one that runs about `id`.
  virtual void reached(Milestone milestone, std::string_view verb, const ResourceId& id) = 0;
};

}  // namespace muster
