#include "tests/drivers/cases.h"

namespace muster::test {

std::vector<Case> all_cases() {
  return {
      guest_check_case(),
      openstack_server_case(),
      ovh_rrset_case(),
      ovh_scope_case(),
  };
}

}  // namespace muster::test
