#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/campaigns/obvious_facts.h"
#include "tests/campaigns/obvious_planner.h"

namespace muster::campaign {
namespace {

bool was_failed(const std::vector<const Observed*>& objects, const std::string& backend_id) {
  return std::any_of(objects.begin(), objects.end(), [&](const Observed* object) {
    return object->backend_id == backend_id && object->condition == Condition::failed;
  });
}

/// Deletes of what nobody wants, replacements of what worked, and creates of what was there and is not, or not for
/// long.
int dangers(const plan::Inputs& inputs, const ResourceId& id, const std::set<std::string>& words) {
  const ObviousFacts facts(inputs);
  const Resource* resource = facts.wanted(id);
  const std::vector<const Observed*> ours = facts.seen(id, true);
  int count = 0;
  for (const std::string& word : words) {
    if (resource == nullptr) {
      if (word.starts_with("delete ") && !word.starts_with("delete wait ")) ++count;
      continue;
    }
    const std::string old = "replace old ";
    if (word.starts_with(old) && !was_failed(ours, word.substr(old.size()))) ++count;
    const bool was_there = inputs.memory.known.contains(id) && !facts.driver(id.kind).traits().pure_check;
    const bool has_vanished = ours.empty() && facts.seen(id, false).empty() && !facts.may_be_hidden(*resource);
    const bool vanishes = std::any_of(words.begin(), words.end(),
                                      [](const std::string& other) { return other.starts_with("delete wait "); });
    const bool looks_up = word.starts_with("create look-up ");
    if (was_there && ((word == "create" && has_vanished) || ((word == "create" || looks_up) && vanishes))) ++count;
  }
  return count;
}

int existing(const plan::Inputs& inputs, const std::string& kind) {
  const ObviousFacts facts(inputs);
  std::set<ResourceId> ids;
  for (const auto& [id, object] : inputs.snapshot.objects) {
    if (id.kind == kind && facts.is_ours(object)) ids.insert(id);
  }
  for (const ResourceId& id : inputs.memory.known) {
    if (id.kind == kind && facts.wanted(id) != nullptr) ids.insert(id);
  }
  return static_cast<int>(ids.size());
}

}  // namespace

plan::GuardVerdict obvious_guard(const plan::Inputs& inputs, const Words& words) {
  plan::GuardVerdict verdict;
  if (inputs.options.goal == plan::Goal::destroy) return verdict;
  std::map<std::string, int> changes;
  bool is_anything_there = false;
  for (const auto& [id, said] : words) {
    changes[id.kind] += dangers(inputs, id, said);
    if (said.contains("unknown") || said.contains("held")) is_anything_there = true;
  }
  for (const auto& [kind, count] : changes) {
    verdict.dangerous += count;
    const auto special = inputs.fleet.guard_by_kind.find(kind);
    const plan::GuardLimit& limit = special == inputs.fleet.guard_by_kind.end() ? inputs.fleet.guard : special->second;
    const int total = existing(inputs, kind);
    const int most = std::max(limit.count, total * limit.percent / 100);
    if (count > most) verdict.trips.push_back({kind, count, most, total});
  }
  verdict.no_manifests = inputs.resources.empty() && (is_anything_there || verdict.dangerous > 0);
  verdict.asked = inputs.options.allow;
  verdict.allowed = verdict.asked == verdict.dangerous;
  return verdict;
}

}  // namespace muster::campaign
