#pragma once

// What runs on an IPD server of ours, which tells it all.

#include <map>
#include <string>

#include "resources/ipd/deployment_subject.h"

namespace muster::ipd_driver {

/// `subjects` and `told` by project. Asks the server for what is known and not among `told`, and for the output of what
/// has failed; asks the pages of what has not answered yet, as many at once as the connection may ask.
Observation observe_extended(Client& client, const std::map<std::string, Subject>& subjects,
                             std::map<std::string, Project> told, const ObserveRequest& request, Context& context);

}  // namespace muster::ipd_driver
