#pragma once

// What runs on an original IPD server, which tells neither what it is nor whose: that is remembered here.

#include <map>
#include <string>

#include "resources/ipd/deployment_subject.h"

namespace muster::ipd_driver {

/// `subjects` by project. /list, for an ADMIN's token, and /info of each subject, as many at once as the connection may
/// ask.
Observation observe_original(Client& client, const std::map<std::string, Subject>& subjects,
                             const ObserveRequest& request, Context& context);

}  // namespace muster::ipd_driver
