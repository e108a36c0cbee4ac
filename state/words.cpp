#include "state/words.h"

#include <fmt/format.h>

#include <array>

#include "resources/contract/error.h"
#include "resources/contract/value.h"

namespace muster::state {
namespace {

Error unknown_word(std::string_view text, std::string_view what) {
  return Error(Fault::invalid, fmt::format("the state database holds \"{}\" where a {} belongs", text, what),
               "move the database away and run again: it is a cache");
}

template <typename Enumeration, std::size_t count>
Enumeration from_word(const std::array<Enumeration, count>& all, std::string_view text, std::string_view what) {
  for (const Enumeration value : all) {
    if (to_string(value) == text) return value;
  }
  throw unknown_word(text, what);
}

constexpr std::array all_verbs = {Verb::create, Verb::update, Verb::replace, Verb::remove, Verb::flush};
constexpr std::array all_intent_states = {IntentState::opened, IntentState::acknowledged, IntentState::unclear};
constexpr std::array all_step_outcomes = {StepOutcome::succeeded, StepOutcome::failed, StepOutcome::skipped,
                                          StepOutcome::unclear, StepOutcome::interrupted};

}  // namespace

std::string_view to_string(IntentState state) {
  switch (state) {
    case IntentState::opened: return "opened";
    case IntentState::acknowledged: return "acknowledged";
    case IntentState::unclear: return "unclear";
  }
  return "unclear";
}

std::string_view to_string(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::succeeded: return "succeeded";
    case StepOutcome::failed: return "failed";
    case StepOutcome::skipped: return "skipped";
    case StepOutcome::unclear: return "unclear";
    case StepOutcome::interrupted: return "interrupted";
  }
  return "unclear";
}

Verb verb_from(std::string_view text) { return from_word(all_verbs, text, "verb"); }
IntentState intent_state_from(std::string_view text) {
  return from_word(all_intent_states, text, "state of an intent");
}
StepOutcome step_outcome_from(std::string_view text) { return from_word(all_step_outcomes, text, "step's outcome"); }

std::string stamp_text(const Stamp& stamp) {
  Map digests;
  for (const auto& [field, digest] : stamp.digests) digests.emplace(field, digest);
  return to_canonical_json(Map{{"digests", std::move(digests)},
                               {"fleet", stamp.fleet},
                               {"form", stamp.form},
                               {"id", stamp.id.to_string()},
                               {"incarnation", stamp.incarnation.to_string()},
                               {"protect", stamp.protect},
                               {"revision", Map{{"id", stamp.revision.id}, {"time", stamp.revision.time}}}});
}

Stamp stamp_from(std::string_view text) {
  const Value value = value_from_json(text);
  const auto id = parse_resource_id(value.string_at("id"));
  const auto incarnation = parse_incarnation(value.string_at("incarnation"));
  const Value& digests = value.at("digests");
  if (!id || !incarnation || !digests.is_map()) throw unknown_word(text, "stamp");
  Stamp stamp{.fleet = value.string_at("fleet"),
              .id = *id,
              .incarnation = *incarnation,
              .form = static_cast<int>(value.int_at("form")),
              .digests = {},
              .revision = {.time = value.int_at("revision.time"), .id = value.string_at("revision.id")},
              .protect = value.bool_at("protect")};
  for (const auto& [field, digest] : digests.as_map()) stamp.digests.emplace(field, digest.as_string());
  return stamp;
}

std::string strings_text(const std::map<std::string, std::string>& strings) {
  Map members;
  for (const auto& [key, text] : strings) members.emplace(key, text);
  return to_canonical_json(std::move(members));
}

std::map<std::string, std::string> string_map_from(std::string_view text) {
  const Value value = value_from_json(text);
  if (!value.is_map()) throw unknown_word(text, "map");
  std::map<std::string, std::string> strings;
  for (const auto& [key, member] : value.as_map()) strings.emplace(key, member.as_string());
  return strings;
}

std::string strings_text(const std::vector<std::string>& strings) {
  return to_canonical_json(List(strings.begin(), strings.end()));
}

std::vector<std::string> string_list_from(std::string_view text) {
  const Value value = value_from_json(text);
  if (!value.is_list()) throw unknown_word(text, "list");
  std::vector<std::string> strings;
  for (const Value& item : value.as_list()) strings.push_back(item.as_string());
  return strings;
}

}  // namespace muster::state
