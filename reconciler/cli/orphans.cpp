#include <algorithm>
#include <set>
#include <tuple>

#include "reconciler/cli/hosts.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_orphans.h"

namespace muster::cli {
namespace {

using SeenObject = std::tuple<std::string, std::string, std::uint64_t>;

SeenObject key_of(const Observed& object) { return {object.id.kind, object.backend_id, object.incarnation().bits}; }

/// As the plan has it; what it does not mention is left alone for a reason of its own.
void decide(const plan::Plan& plan, Orphan& orphan) {
  const Observed& object = orphan.object;
  for (const plan::Step& step : plan.steps) {
    const bool is_it = step.verb == Verb::remove && step.object && step.id == object.id &&
                       step.object->backend_id == object.backend_id;
    if (!is_it) continue;
    orphan.fate = step.start == plan::Start::wait ? Fate::waited_for : Fate::removed;
    if (orphan.fate == Fate::waited_for) orphan.why = "it is being deleted already";
    return;
  }
  for (const plan::Held& held : plan.held) {
    if (held.id != object.id) continue;
    orphan.fate = Fate::held;
    orphan.why = held.reason;
    return;
  }
  for (const plan::Unknown& unknown : plan.unknown) {
    if (unknown.id == object.id) orphan.why = unknown.reason;
  }
  if (orphan.why.empty()) orphan.why = object.evidence;
}

std::string foreign_name(const Observed& object) {
  if (is_host_kind(object.id.kind)) return object.attributes.string_at("name", object.backend_id);
  const std::string zone = object.id.name.substr(0, object.id.name.find('/'));
  return zone == object.id.name ? zone : short_name(object.id) + "." + zone;
}

class OrphanFinder {
 public:
  OrphanFinder(const manifests::Load& load, const apply::Prepared& prepared, const Registry& registry)
      : prepared_(prepared), registry_(registry), namespaces_(namespaces_of(load, prepared.snapshot)) {
    for (const Resource& resource : load.resources) wanted_.insert(resource.id);
  }

  Orphans find() {
    for (const auto& [id, object] : prepared_.snapshot.objects) {
      if (object.ownership == Ownership::foreign) {
        add_foreign(object);
      } else if (!wanted_.contains(id)) {
        add_orphan(object);
      }
    }
    for (const Observed& object : prepared_.snapshot.foreign) add_foreign(object);
    const auto by_id = [](const auto& a, const auto& b) {
      return std::tie(a.object.id, a.object.backend_id) < std::tie(b.object.id, b.object.backend_id);
    };
    std::sort(found_.orphans.begin(), found_.orphans.end(), by_id);
    std::sort(found_.foreign.begin(), found_.foreign.end(), by_id);
    return std::move(found_);
  }

 private:
  void add_orphan(const Observed& object) {
    const Driver* driver = registry_.driver(object.id.kind);
    // Nothing of a check exists outside our cache.
    if (driver == nullptr || driver->traits().pure_check || !seen_.insert(key_of(object)).second) return;
    Orphan orphan{object, Fate::unknown, {}};
    decide(prepared_.plan, orphan);
    found_.orphans.push_back(std::move(orphan));
  }

  void add_foreign(const Observed& object) {
    if (object.condition == Condition::unknown && !object.stamp) return;  // nobody knows whose it is
    if (!seen_.insert(key_of(object)).second) return;
    Foreign foreign{object, foreign_name(object), {}, {}, true};
    if (wanted_.contains(object.id)) foreign.in_place_of = object.id.to_string();
    if (object.stamp) foreign.fleet = object.stamp->fleet;
    if (is_host_kind(object.id.kind) && foreign.in_place_of.empty())
      foreign.in_our_names = host_of_foreign(object, namespaces_).has_value();
    if (!foreign.in_our_names) ++found_.elsewhere;
    found_.foreign.push_back(std::move(foreign));
  }

  const apply::Prepared& prepared_;
  const Registry& registry_;
  const std::set<std::string> namespaces_;
  std::set<ResourceId> wanted_;
  std::set<SeenObject> seen_;
  Orphans found_;
};

}  // namespace

Orphans find_orphans(const manifests::Load& load, const apply::Prepared& prepared, const Registry& registry) {
  return OrphanFinder(load, prepared, registry).find();
}

}  // namespace muster::cli
