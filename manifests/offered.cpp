#include "manifests/offered.h"

#include <algorithm>
#include <map>

namespace muster::manifests {
namespace {

struct Offering {
  const Resource* by = nullptr;  ///< null: no manifest makes it, which is reported elsewhere
  std::vector<ResourceId> checks;
};
using Offerings = std::map<ResourceId, Offering>;

Offerings offerings_in(const std::vector<Resource>& resources) {
  Offerings offerings;
  for (const Resource& resource : resources)
    if (resource.connection.offered) offerings.try_emplace(resource.connection.offered->by);
  return offerings;
}

void find_checks(const std::vector<Resource>& resources, const Registry& registry, Offerings& offerings) {
  for (const Resource& resource : resources) {
    if (const auto offering = offerings.find(resource.id); offering != offerings.end()) offering->second.by = &resource;
    const Driver* driver = registry.driver(resource.id.kind);
    if (driver == nullptr || !driver->traits().pure_check) continue;
    for (const Ref& ref : refs_in(resource.wanted)) {
      const auto offering = offerings.find(ref.id);
      const bool is_new = offering != offerings.end() &&
                          (offering->second.checks.empty() || offering->second.checks.back() != resource.id);
      if (is_new) offering->second.checks.push_back(resource.id);
    }
  }
}

}  // namespace

void need_checks_of_offering(std::vector<Resource>& resources, const Registry& registry) {
  Offerings offerings = offerings_in(resources);
  if (offerings.empty()) return;
  find_checks(resources, registry, offerings);
  for (Resource& resource : resources) {
    if (!resource.connection.offered) continue;
    const Offering& offering = offerings.at(resource.connection.offered->by);
    resource.needs.insert(resource.needs.end(), offering.checks.begin(), offering.checks.end());
    if (offering.by == nullptr) continue;
    const bool has_season = resource.lifecycle.from || resource.lifecycle.until;
    if (has_season) continue;
    resource.lifecycle.from = offering.by->lifecycle.from;
    resource.lifecycle.until = offering.by->lifecycle.until;
  }
}

}  // namespace muster::manifests
