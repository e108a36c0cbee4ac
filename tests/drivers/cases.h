#pragma once

// Every kind's case.

#include <vector>

#include "tests/drivers/case.h"

namespace muster::test {

Case guest_check_case();
Case ipd_deployment_case();
Case openstack_server_case();
Case ovh_rrset_case();
Case ovh_scope_case();

std::vector<Case> all_cases();

std::vector<Resource> edited(const std::vector<Resource>& wanted, const Edit& edit);
/// Without the subject and all that needs it or refers to it.
std::vector<Resource> without_subject(const Case& kind);

}  // namespace muster::test
