#include "resources/contract/milestone.h"

namespace muster {

std::string_view to_string(Milestone milestone) {
  switch (milestone) {
    case Milestone::before_intent:
      return "before intent";
    case Milestone::after_intent:
      return "after intent";
    case Milestone::after_send:
      return "after send";
    case Milestone::after_answer:
      return "after answer";
    case Milestone::after_commit:
      return "after commit";
    case Milestone::between_steps:
      return "between steps";
  }
  return "between steps";
}

}  // namespace muster
