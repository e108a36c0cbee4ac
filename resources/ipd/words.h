#pragma once

// What an IPD server's numbers mean.

#include <string>

#include "resources/ipd/answers.h"

namespace muster::ipd_driver {

/// "version 1.4 of alice", "of alice", "version 1.4": what people know a deployment by.
std::string name_of(const Deployed& deployment);
/// Of a `state` of /info that is a failure: "the script failed to deploy (105)".
std::string meaning_of(int state);
/// Why `deployment` failed, with the end of what its script wrote.
std::string failure_of(const Deployed& deployment, const std::string& output);

}  // namespace muster::ipd_driver
