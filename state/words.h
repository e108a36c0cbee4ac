#pragma once

// Enumerators and compound values as the tables hold them. For the sources of this folder.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/contract/observed.h"
#include "state/history.h"
#include "state/intents.h"

namespace muster::state {

// Each throws Error(invalid) on what no version of muster wrote.
Verb verb_from(std::string_view text);
IntentState intent_state_from(std::string_view text);
StepOutcome step_outcome_from(std::string_view text);

/// Tab-separated: fleet, id, incarnation, form, protect, revision time and id, "@until=SECONDS" where there is an end,
/// then one "field=digest" each. A plan
/// reads one per object, and reading JSON takes ten times as long. A tab inside a part becomes a blank.
std::string stamp_text(const Stamp& stamp);
Stamp stamp_from(std::string_view text);

/// Canonical JSON.
std::string strings_text(const std::map<std::string, std::string>& strings);
std::map<std::string, std::string> string_map_from(std::string_view text);
std::string strings_text(const std::vector<std::string>& strings);
std::vector<std::string> string_list_from(std::string_view text);

}  // namespace muster::state
