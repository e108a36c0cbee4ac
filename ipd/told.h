#pragma once

// What is told of deployments and projects, as JSON.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "ipd/deployment.h"
#include "ipd/journal.h"

namespace muster::ipd {

using Json = nlohmann::json;  // sorts its keys, as the original does

Json json_of(const Deployment& deployment);
/// As /info tells it; nothing for a project that is not known.
std::optional<Json> info_of(Journal& journal, const std::string& project);
std::int64_t seconds_of(Time time);

}  // namespace muster::ipd
