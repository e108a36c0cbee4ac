#include "reconciler/plan/forecast.h"

namespace muster::plan {

std::map<std::string, int> forecast(const std::vector<Step>& steps, const Inputs& inputs, const ResourceIndex& index) {
  std::map<std::string, int> calls;
  for (const Step& step : steps) {
    if (step.start == Start::wait || step.start == Start::look_up) continue;
    if (step.verb == Verb::flush) {
      ++calls[step.connection];
      continue;
    }
    const Driver* driver = inputs.registry.driver(step.id.kind);
    const Verb verb = step.verb != Verb::replace      ? step.verb
                      : step.half == Half::create_new ? Verb::create
                                                      : Verb::remove;
    const auto wanted = index.find(step.id);
    calls[step.connection] += driver->calls(verb, wanted ? inputs.resources[*wanted].wanted : step.object->attributes);
  }
  return calls;
}

}  // namespace muster::plan
