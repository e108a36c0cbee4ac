#pragma once

// Every kind's case.

#include <vector>

#include "tests/drivers/case.h"

namespace muster::test {

Case guest_check_case();
Case openstack_server_case();
Case ovh_rrset_case();
Case ovh_scope_case();

std::vector<Case> all_cases();

}  // namespace muster::test
