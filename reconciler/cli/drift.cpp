#include "reconciler/cli/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "reconciler/cli/hosts.h"
#include "reconciler/plan/assess.h"
#include "reconciler/plan/keeper.h"
#include "reconciler/plan/pattern.h"
#include "reconciler/plan/restraint.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

bool is_drift(const plan::Change& change) {
  // What follows from another object is told there.
  const bool is_ours = change.cause == plan::Cause::manifest || change.cause == plan::Cause::outcome;
  return !is_ours && !change.after.has_ref();
}

/// What was seen of one wanted resource.
struct Seen {
  std::vector<const Observed*> ours;  ///< each backend object once
  const Observed* foreign = nullptr;
};

class Finder {
 public:
  explicit Finder(const DriftInputs& inputs) : inputs_(inputs) {
    for (const plan::Unknown& unknown : inputs.prepared.plan.unknown) unknown_.insert(unknown.id);
  }

  Drift find() {
    collect_changes();
    for (const Resource& resource : inputs_.prepared.resources) look_at(resource);
    count_pending();
    for (const plan::Unknown& unknown : inputs_.prepared.plan.unknown) {
      // What is unknown because of another object is told there.
      if (!unknown.because_of) drift_.unknown.push_back(unknown);
    }
    std::stable_sort(drift_.items.begin(), drift_.items.end(), [](const DriftItem& a, const DriftItem& b) {
      return std::tie(a.group, a.id, a.what) < std::tie(b.group, b.id, b.what);
    });
    return std::move(drift_);
  }

 private:
  /// Steps and held differences: what would be changed, and what is not because policy holds it.
  void collect_changes() {
    const plan::Plan& plan = inputs_.prepared.plan;
    for (const plan::Step& step : plan.steps) {
      if (step.verb != Verb::flush) take_changes(step.id, step.changes);
    }
    for (const plan::Held& held : plan.held) {
      if (!held.changes.empty()) take_changes(held.id, held.changes);
    }
  }

  void take_changes(const ResourceId& id, const std::vector<plan::Change>& changes) {
    bool others = changes.empty();
    for (const plan::Change& change : changes) {
      if (is_drift(change))
        moved_[id].push_back({change.field, change.before, change.after, change.cause, change.sensitive});
      else
        others = true;
    }
    if (others) touched_otherwise_.insert(id);
  }

  void look_at(const Resource& resource) {
    const Driver* driver = inputs_.registry.driver(resource.id.kind);
    if (driver == nullptr || driver->traits().pure_check) return;
    ++drift_.looked_at;
    const Seen seen = seen_of(resource.id);
    if (seen.ours.empty()) return look_at_absent(resource, seen.foreign);
    if (has_unknown_stamp(resource, seen)) return;
    const Observed& keeper = keeper_of(resource, driver->schema(), seen);
    if (seen.ours.size() > 1)
      add_twins(resource, seen);
    else
      look_at_condition(resource, keeper);
    if (const auto moved = moved_.find(resource.id); moved != moved_.end()) {
      DriftItem& item = add(resource, Drifted::changed, keeper);
      item.detail.clear();
      item.since = {};
      item.fields = std::move(moved->second);
    }
  }

  Seen seen_of(const ResourceId& id) const {
    Seen seen;
    const auto [first, last] = inputs_.prepared.snapshot.objects.equal_range(id);
    for (auto entry = first; entry != last; ++entry) {
      const Observed& object = entry->second;
      if (!plan::is_ours(inputs_.memory, object)) {
        seen.foreign = &object;
        continue;
      }
      const bool is_known = std::any_of(seen.ours.begin(), seen.ours.end(),
                                        [&](const Observed* other) { return plan::is_same_object(*other, object); });
      if (!is_known) seen.ours.push_back(&object);
    }
    return seen;
  }

  /// The one the plan compares with what is wanted. Kinds of which several may stand refer to nothing.
  static const Observed& keeper_of(const Resource& resource, const Schema& schema, const Seen& seen) {
    return *plan::choose_keeper(
        seen.ours, [&](const Observed& object) { return plan::fits(schema, resource, resource.wanted, object); });
  }

  void look_at_absent(const Resource& resource, const Observed* foreign) {
    if (unknown_.contains(resource.id)) return;
    const bool is_taken = foreign != nullptr && foreign->condition != Condition::unknown;
    if (!inputs_.memory.known.contains(resource.id)) {
      if (is_taken) ++drift_.never_ours;
    } else if (is_taken) {
      add(resource, Drifted::foreign, *foreign);
    } else if (!inputs_.leaving.contains(resource.id)) {
      add(resource, Drifted::gone);
    }
  }

  bool has_unknown_stamp(const Resource& resource, const Seen& seen) {
    const bool is_unknown = std::any_of(seen.ours.begin(), seen.ours.end(), [](const Observed* object) {
      return object->stamp && object->stamp->form != stamp_form;
    });
    if (is_unknown)
      drift_.unknown.push_back(
          {resource.id, resource.group, "it carries a stamp in a form this muster does not know; update muster", {}});
    return is_unknown;
  }

  void add_twins(const Resource& resource, const Seen& seen) {
    std::vector<std::string> ids;
    for (const Observed* object : seen.ours) {
      if (object->condition != Condition::deleting) ids.push_back(object->backend_id);
    }
    if (ids.size() < 2) return;
    std::sort(ids.begin(), ids.end());
    DriftItem& item = add(resource, Drifted::twin);
    item.backend_ids = std::move(ids);
  }

  void look_at_condition(const Resource& resource, const Observed& object) {
    const bool was_ready = object.ever_ready || inputs_.memory.known.contains(resource.id);
    if (object.condition == Condition::failed && was_ready) add(resource, Drifted::failed, object);
    if (object.condition == Condition::deleting && !inputs_.leaving.contains(resource.id))
      add(resource, Drifted::deleting, object);
    if (const std::string word = stopped_word(object); !word.empty())
      add(resource, Drifted::stopped, object).detail = word;
  }

  DriftItem& add(const Resource& resource, Drifted what) {
    return drift_.items.emplace_back(DriftItem{resource.id, resource.group, what, {}, {}, {}, {}});
  }

  DriftItem& add(const Resource& resource, Drifted what, const Observed& object) {
    DriftItem& item = add(resource, what);
    item.backend_ids = {object.backend_id};
    item.detail = object.evidence;
    item.since = object.since;
    return item;
  }

  /// A drifted object counts once more when the manifest wants something of it besides.
  void count_pending() {
    std::set<ResourceId> drifted;
    for (const DriftItem& item : drift_.items) {
      if (item.what != Drifted::changed) drifted.insert(item.id);
    }
    for (const ResourceId& id : touched_otherwise_) {
      if (!drifted.contains(id)) ++drift_.pending;
    }
  }

  const DriftInputs& inputs_;
  std::set<ResourceId> unknown_;
  std::map<ResourceId, std::vector<MovedField>> moved_;
  std::set<ResourceId> touched_otherwise_;
  Drift drift_;
};

constexpr const char* forms =
    "a pattern is ID or ID#FIELD with * for any text: 'openstack.server:my-event/*', "
    "'ovh.rrset:*#ttl', '*:my-event/*'";

std::vector<std::string> kinds_meant(const std::string& pattern, const std::string& text, const Registry& registry) {
  std::vector<std::string> known = registry.resource_kinds();
  std::vector<std::string> kinds;
  std::copy_if(known.begin(), known.end(), std::back_inserter(kinds),
               [&](const std::string& kind) { return plan::glob_matches(pattern, kind); });
  if (!kinds.empty()) return kinds;
  const std::string close = did_you_mean(pattern, known);
  throw Error(Fault::usage, fmt::format("--ignore '{}': there is no kind '{}'", text, pattern),
              close.empty() ? std::string(forms) : fmt::format("did you mean '{}'?", close));
}

void check_field(const std::string& field, const std::vector<std::string>& kinds, const std::string& text,
                 const Registry& registry) {
  std::vector<std::string> known{"lifecycle.protect", "lifecycle.until"};
  for (const std::string& kind : kinds) {
    for (const Field& each : registry.driver(kind)->schema().fields) known.push_back(each.name);
  }
  const bool exists =
      std::any_of(known.begin(), known.end(), [&](const std::string& name) { return plan::glob_matches(field, name); });
  if (exists) return;
  const std::string close = did_you_mean(field, known);
  throw Error(Fault::usage, fmt::format("--ignore '{}': none of these kinds has a field '{}'", text, field),
              close.empty() ? std::string(forms) : fmt::format("did you mean '{}'?", close));
}

bool ignores_whole(const std::vector<IgnorePattern>& patterns, const ResourceId& id) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const IgnorePattern& pattern) {
    return pattern.field.empty() && plan::glob_matches(pattern.id, id.to_string());
  });
}

bool ignores_field(const std::vector<IgnorePattern>& patterns, const ResourceId& id, const std::string& field) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const IgnorePattern& pattern) {
    return !pattern.field.empty() && plan::glob_matches(pattern.id, id.to_string()) &&
           plan::glob_matches(pattern.field, field);
  });
}

}  // namespace

std::string_view to_string(Drifted what) {
  switch (what) {
    case Drifted::changed:
      return "changed";
    case Drifted::gone:
      return "gone";
    case Drifted::deleting:
      return "deleting";
    case Drifted::failed:
      return "failed";
    case Drifted::stopped:
      return "stopped";
    case Drifted::twin:
      return "twin";
    case Drifted::foreign:
      break;
  }
  return "foreign";
}

Drift find_drift(const DriftInputs& inputs) { return Finder(inputs).find(); }

IgnorePattern ignore_pattern_from(const std::string& text, const Registry& registry) {
  const std::size_t hash = text.rfind('#');
  IgnorePattern pattern{text.substr(0, hash), hash == std::string::npos ? "" : text.substr(hash + 1)};
  const std::size_t colon = pattern.id.find(':');
  const bool has_form = colon != std::string::npos && colon > 0 && colon + 1 < pattern.id.size() &&
                        text.find_first_of(" \t\n") == std::string::npos &&
                        (hash == std::string::npos || !pattern.field.empty());
  if (!has_form) throw Error(Fault::usage, fmt::format("--ignore '{}' is no pattern", text), forms);
  const std::vector<std::string> kinds = kinds_meant(pattern.id.substr(0, colon), text, registry);
  if (!pattern.field.empty()) check_field(pattern.field, kinds, text, registry);
  return pattern;
}

void ignore(Drift& drift, const std::vector<IgnorePattern>& patterns) {
  for (DriftItem& item : drift.items) {
    if (item.what != Drifted::changed || ignores_whole(patterns, item.id)) continue;
    drift.ignored += std::erase_if(
        item.fields, [&](const MovedField& moved) { return ignores_field(patterns, item.id, moved.field); });
  }
  drift.ignored += std::erase_if(drift.items, [&](const DriftItem& item) { return ignores_whole(patterns, item.id); });
  std::erase_if(drift.items,
                [](const DriftItem& item) { return item.what == Drifted::changed && item.fields.empty(); });
  drift.ignored +=
      std::erase_if(drift.unknown, [&](const plan::Unknown& unknown) { return ignores_whole(patterns, unknown.id); });
}

}  // namespace muster::cli
