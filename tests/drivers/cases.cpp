#include "tests/drivers/cases.h"

#include <algorithm>
#include <set>

namespace muster::test {

std::vector<Case> all_cases() {
  return {
      guest_check_case(), ipd_deployment_case(), openstack_server_case(), ovh_rrset_case(), ovh_scope_case(),
  };
}

std::vector<Resource> edited(const std::vector<Resource>& wanted, const Edit& edit) {
  std::vector<Resource> changed = wanted;
  edit(changed);
  return changed;
}

std::vector<Resource> without_subject(const Case& kind) {
  std::set<ResourceId> gone{kind.subject};
  const auto needs_what_is_gone = [&](const Resource& resource) {
    const auto refs = refs_in(resource.wanted);
    return std::any_of(resource.needs.begin(), resource.needs.end(),
                       [&](const auto& id) { return gone.count(id) != 0; }) ||
           std::any_of(refs.begin(), refs.end(), [&](const Ref& ref) { return gone.count(ref.id) != 0; });
  };
  for (std::size_t before = 0; before != gone.size();) {
    before = gone.size();
    for (const Resource& resource : kind.wanted) {
      if (needs_what_is_gone(resource)) gone.insert(resource.id);
    }
  }
  std::vector<Resource> rest = kind.wanted;
  std::erase_if(rest, [&](const Resource& resource) { return gone.count(resource.id) != 0; });
  return rest;
}

}  // namespace muster::test
