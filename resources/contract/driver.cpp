#include "resources/contract/driver.h"

#include "resources/contract/error.h"

namespace muster {

std::string_view to_string(Verb verb) {
  switch (verb) {
    case Verb::create:
      return "create";
    case Verb::adopt:
      return "adopt";
    case Verb::update:
      return "update";
    case Verb::replace:
      return "replace";
    case Verb::remove:
      return "delete";
    case Verb::flush:
      return "flush";
  }
  return "update";
}

Takeover Driver::examine(Session&, const Resource&, const Observed&, Context&) const {
  return {{}, "muster takes over no " + schema().kind + " that it did not make"};
}

Observed Driver::adopt(Session&, const Resource& resource, const Observed&, const Stamp&, Context&) const {
  throw Error(Fault::permanent, resource.id.to_string() + " cannot be adopted: muster takes over no " + schema().kind);
}

std::optional<Observed> Driver::put_back(Session&, const Resource&, const Observed&, const Stamp&, Context&) const {
  return std::nullopt;
}

std::optional<ResourceId> Driver::flushed_by(const ResourceId&) const { return std::nullopt; }

void Driver::flush(Session&, const ResourceId& target, const std::vector<Observed>&, const Stamp&, Context&) const {
  throw Error(Fault::permanent, target.to_string() + " cannot be flushed: " + schema().kind + " has nothing to flush",
              "this is a mistake in the driver of " + schema().kind + ": flushed_by names a target it does not flush");
}

std::chrono::seconds Driver::lingers(const Value&) const { return std::chrono::seconds(0); }

std::vector<Diagnostic> Driver::preflight(Session&, const std::vector<PlannedWrite>&, Context&) const { return {}; }

int Driver::calls(Verb verb, const Value&) const { return verb == Verb::replace ? 2 : 1; }

}  // namespace muster
