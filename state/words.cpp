#include "state/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

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

std::optional<std::int64_t> number_from(std::string_view text) {
  std::int64_t number = 0;
  const auto [stopped_at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stopped_at != text.data() + text.size()) return std::nullopt;
  return number;
}

constexpr std::array all_verbs = {Verb::create, Verb::adopt, Verb::update, Verb::replace, Verb::remove, Verb::flush};
constexpr std::array all_intent_states = {IntentState::opened, IntentState::unclear};
constexpr std::array all_step_outcomes = {StepOutcome::succeeded, StepOutcome::failed, StepOutcome::skipped,
                                          StepOutcome::unclear, StepOutcome::interrupted};

}  // namespace

std::string_view to_string(IntentState state) {
  switch (state) {
    case IntentState::opened:
      return "opened";
    case IntentState::unclear:
      return "unclear";
  }
  return "unclear";
}

std::string_view to_string(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::succeeded:
      return "succeeded";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::skipped:
      return "skipped";
    case StepOutcome::unclear:
      return "unclear";
    case StepOutcome::interrupted:
      return "interrupted";
  }
  return "unclear";
}

Verb verb_from(std::string_view text) { return from_word(all_verbs, text, "verb"); }
IntentState intent_state_from(std::string_view text) {
  return from_word(all_intent_states, text, "state of an intent");
}
StepOutcome step_outcome_from(std::string_view text) { return from_word(all_step_outcomes, text, "step's outcome"); }

/// Beside the digests of fields, none of which is called so.
constexpr std::string_view end_word = "@until";

std::string stamp_text(const Stamp& stamp) {
  std::string text;
  // A tab can only come from a stamp that someone else wrote; it must not make the row unreadable.
  const auto add = [&text](std::string_view part, char before) {
    if (before != '\0') text += before;
    for (const char c : part) text += c == '\t' ? ' ' : c;
  };
  add(stamp.fleet, '\0');
  add(stamp.id.to_string(), '\t');
  add(stamp.incarnation.to_string(), '\t');
  add(std::to_string(stamp.form), '\t');
  add(stamp.protect ? "1" : "0", '\t');
  add(std::to_string(stamp.revision.time), '\t');
  add(stamp.revision.id, '\t');
  if (stamp.until != 0) {
    add(end_word, '\t');
    add(std::to_string(stamp.until), '=');
  }
  for (const auto& [field, digest] : stamp.digests) {
    add(field, '\t');
    add(digest, '=');
  }
  return text;
}

Stamp stamp_from(std::string_view text) {
  std::string_view rest = text;
  const auto next = [&rest] {
    const std::string_view part = rest.substr(0, rest.find('\t'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
  };
  Stamp stamp;
  stamp.fleet = next();
  const auto id = parse_resource_id(next());
  const auto incarnation = parse_incarnation(next());
  const auto form = number_from(next());
  const auto protect = number_from(next());
  const auto time = number_from(next());
  stamp.revision.id = next();
  if (!id || !incarnation || !form || !protect || !time) throw unknown_word(text, "stamp");
  stamp.id = *id;
  stamp.incarnation = *incarnation;
  stamp.form = static_cast<int>(*form);
  stamp.protect = *protect != 0;
  stamp.revision.time = *time;
  while (!rest.empty()) {
    const std::string_view pair = next();
    const auto split = pair.rfind('=');
    if (split == std::string_view::npos) throw unknown_word(text, "stamp");
    if (pair.substr(0, split) == end_word) {
      stamp.until = number_from(pair.substr(split + 1)).value_or(0);
      continue;
    }
    stamp.digests.emplace_hint(stamp.digests.end(), pair.substr(0, split), pair.substr(split + 1));
  }
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
