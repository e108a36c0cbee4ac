#include "reconciler/plan/plan.h"

namespace muster::plan {

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::manifest:
      return "manifest";
    case Cause::drift:
      return "drift";
    case Cause::both:
      return "both";
    case Cause::outcome:
      return "outcome";
    case Cause::unknown:
      return "unknown";
  }
  return "unknown";
}

bool Plan::knows_nothing() const {
  return !unknown.empty() && steps.empty() && unchanged == 0 && held.empty() && problems.empty();
}

std::map<Verb, int> count_by_verb(const Plan& plan) {
  std::map<Verb, int> counts;
  for (const Step& step : plan.steps) {
    if (step.half != Half::remove_old) ++counts[step.verb];
  }
  return counts;
}

}  // namespace muster::plan
