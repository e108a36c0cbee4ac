#include "reconciler/plan/assess.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/keeper.h"
#include "reconciler/plan/memo.h"
#include "reconciler/plan/restraint.h"

namespace muster::plan {
namespace {

struct Candidates {
  std::vector<const Observed*> ours;
  std::vector<const Observed*> foreign;  ///< different objects, by backend id
};

/// Where a thing is seen through two connections, the copy on the resource's own connection counts, else that of the
/// connection which sorts first.
Candidates candidates_of(const Inputs& inputs, const ResourceId& id, const std::string& connection) {
  Candidates candidates;
  const auto [first, last] = inputs.snapshot.objects.equal_range(id);
  for (auto object = first; object != last; ++object) {
    const Observed& seen = object->second;
    if (!is_ours(inputs, seen)) {
      const bool is_new = std::none_of(candidates.foreign.begin(), candidates.foreign.end(),
                                       [&](const Observed* other) { return is_same_object(*other, seen); });
      if (is_new) candidates.foreign.push_back(&seen);
      continue;
    }
    const auto same = std::find_if(candidates.ours.begin(), candidates.ours.end(),
                                   [&](const Observed* other) { return is_same_object(*other, seen); });
    if (same == candidates.ours.end()) {
      candidates.ours.push_back(&seen);
    } else if (seen.connection == connection ||
               ((*same)->connection != connection && seen.connection < (*same)->connection)) {
      *same = &seen;
    }
  }
  std::sort(candidates.foreign.begin(), candidates.foreign.end(), [](const Observed* a, const Observed* b) {
    return std::tie(a->backend_id, a->connection) < std::tie(b->backend_id, b->connection);
  });
  return candidates;
}

Assessment blocked(const Resource& resource, std::string message, std::string hint) {
  Assessment assessment;
  assessment.verdict = Verdict::blocked;
  assessment.reason = message;
  assessment.problem = Diagnostic{Severity::error, resource.origin, std::move(message), std::move(hint)};
  return assessment;
}

/// Whatever stands there meanwhile: what is about to be created may have been, by a run that never learned of it.
void look_up_open_create(const Inputs& inputs, const Resource& resource, const Traits& traits,
                         const std::vector<const Observed*>& ours, Assessment& assessment) {
  const bool is_absent = assessment.verdict == Verdict::create;
  if (!is_absent && assessment.verdict != Verdict::replace && assessment.verdict != Verdict::replace_failed &&
      assessment.verdict != Verdict::recreate_gone && assessment.verdict != Verdict::create_again)
    return;
  for (const OpenCreate& open : inputs.memory.open_creates) {
    if (open.id != resource.id || !traits.stampable) continue;
    const bool has_appeared = std::any_of(
        ours.begin(), ours.end(), [&](const Observed* object) { return object->incarnation() == open.incarnation; });
    if (has_appeared) continue;
    if (is_absent) assessment.verdict = Verdict::finish;
    if (is_absent || assessment.verdict == Verdict::replace)
      assessment.reason = inputs.memory.another_run ? "another run has begun to create it"
                                                    : "an earlier create got no clear answer and may still appear";
    assessment.start = Start::look_up;
    assessment.incarnation = open.incarnation;
    assessment.begun_on = open.connection;
    assessment.quiet_until = open.quiet_until;
  }
}

Assessment assess_absent(const Inputs& inputs, const Resource& resource) {
  Assessment assessment;
  assessment.verdict = Verdict::create;
  assessment.reason = inputs.memory.known.contains(resource.id) ? "it has vanished" : "not there";
  return assessment;
}

/// Somebody else's stand where ours is wanted.
Assessment assess_taken(const Resource& resource, const std::vector<const Observed*>& foreign) {
  const auto unread = std::find_if(foreign.begin(), foreign.end(),
                                   [](const Observed* object) { return object->condition == Condition::unknown; });
  if (unread != foreign.end()) {
    Assessment assessment;
    assessment.verdict = Verdict::unknown;
    assessment.reason = (*unread)->evidence;
    return assessment;
  }
  std::string which;
  for (const Observed* object : foreign) {
    which += fmt::format("{}{}{}{}", which.empty() ? "" : "; ", object->backend_id,
                         object->evidence.empty() ? "" : ": ", object->evidence);
  }
  if (foreign.size() == 1) {
    return blocked(
        resource, fmt::format("{} exists already and is not ours ({})", resource.id.to_string(), which),
        "muster adopt takes it over as it is, or says why not; else rename ours, or remove the other one by hand");
  }
  return blocked(
      resource,
      fmt::format("{} exists already, {} of that name, and none is ours ({})", resource.id.to_string(), foreign.size(),
                  which),
      "muster adopt can take over one only when it is the only one of its name: rename or remove the others by hand, "
      "or rename ours");
}

/// What was ready once holds people's work: it is reported, never made anew. That we applied it before counts as well,
/// for backends that do not tell.
Assessment assess_failed(const Inputs& inputs, const Resource& resource, const Observed& keeper) {
  const std::string words = keeper.evidence.empty() ? std::string("no reason given") : keeper.evidence;
  const bool ever_ready = keeper.ever_ready || inputs.memory.known.contains(resource.id);
  const std::string restraint = keeps_from_removal(inputs, keeper, resource);
  const std::string_view own_hint = inputs.registry.driver(resource.id.kind)->traits().failed_hint;
  if (resource.lifecycle.on_failed == OnFailed::recreate && !ever_ready && restraint.empty()) {
    Assessment assessment;
    assessment.verdict = Verdict::replace_failed;
    assessment.reason = "it failed before it was ever ready: " + words;
    return assessment;
  }
  return blocked(resource, fmt::format("{} has failed: {}", resource.id.to_string(), words),
                 !own_hint.empty()    ? std::string(own_hint)
                 : !restraint.empty() ? restraint
                 : ever_ready
                     ? "it was ready once, so it is left as it is; repair it, or remove it by hand and apply again"
                     : "onFailed is report; remove it by hand and apply again");
}

void append(std::vector<Change>& to, const std::vector<Change>& from) { to.insert(to.end(), from.begin(), from.end()); }

void decide_differences(const Inputs& inputs, const Resource& resource, const Difference& difference,
                        Assessment& assessment) {
  const Observed& keeper = *assessment.keeper;
  const bool replaceable = !difference.immutable.empty() || !difference.create_time.empty();
  const ReplacePolicy policy = resource.lifecycle.replace;
  if (is_from_newer_revision(inputs, keeper)) {
    append(assessment.held, difference.updatable);
    append(assessment.held, difference.immutable);
    append(assessment.held, difference.create_time);
    assessment.held_reason = fmt::format("{}; --rollback goes back", made_by(inputs, keeper.stamp->revision));
    return;
  }
  if (replaceable && (policy == ReplacePolicy::now || policy == ReplacePolicy::roll)) {
    const bool is_protected = resource.lifecycle.protect == Protection::on || (keeper.stamp && keeper.stamp->protect);
    if (!is_protected) {
      assessment.verdict = Verdict::replace;
      append(assessment.changes, difference.immutable);
      append(assessment.changes, difference.create_time);
      append(assessment.changes, difference.updatable);
      return;
    }
    assessment.held_reason = "it is protected";
  } else if (replaceable && policy == ReplacePolicy::first_boot_only && difference.immutable.empty()) {
    assessment.held_reason = "it concerns new ones only (replace: first-boot-only)";
  } else if (replaceable) {
    assessment.held_reason = "only a new one can have it, and its replace policy is hold";
  }
  if (replaceable) {
    append(assessment.held, difference.immutable);
    append(assessment.held, difference.create_time);
  }
  if (!difference.updatable.empty()) {
    assessment.verdict = Verdict::update;
    assessment.changes = difference.updatable;
  }
}

/// It is seen through none of the connections that the manifests name for it, all of which were read.
bool lies_elsewhere(const Inputs& inputs, const Resource& resource, const Observed& keeper) {
  const std::vector<std::string>& candidates = resource.connection.candidates;
  if (candidates.empty() || std::find(candidates.begin(), candidates.end(), keeper.connection) != candidates.end())
    return false;
  if (why_absence_means_nothing(inputs, resource, candidates.front())) return false;
  const auto [first, last] = inputs.snapshot.objects.equal_range(resource.id);
  return std::none_of(first, last, [&](const auto& entry) {
    const Observed& copy = entry.second;
    return is_same_object(copy, keeper) &&
           std::find(candidates.begin(), candidates.end(), copy.connection) != candidates.end();
  });
}

/// Nothing moves from one project or account to another, and while it lies where it does, nothing else is right either.
void hold_where_it_lies(const Resource& resource, Assessment& assessment) {
  assessment.held.push_back({.field = "connection",
                             .before = assessment.keeper->connection,
                             .after = resource.connection.candidates.front(),
                             .cause = Cause::manifest});
  assessment.held_reason =
      fmt::format("only a new one can lie there: `muster destroy {}`, then apply, or go back to {}",
                  resource.id.to_string(), assessment.keeper->connection);
}

void assess_ready(const Inputs& inputs, Fingerprinter& fingerprinter, const Resource& resource, const Value& wanted,
                  const Schema& schema, Assessment& assessment) {
  if (lies_elsewhere(inputs, resource, *assessment.keeper)) return hold_where_it_lies(resource, assessment);
  const Fingerprint inputs_of_diff = memo_of(fingerprinter, schema, resource, wanted, *assessment.keeper);
  const auto known = inputs.memory.memos.find(resource.id);
  if (known != inputs.memory.memos.end() && known->second == inputs_of_diff) return;
  const auto applied = inputs.memory.applied ? inputs.memory.applied(resource.id) : std::nullopt;
  const Difference difference = diff(schema, resource, wanted, *assessment.keeper, applied ? &*applied : nullptr);
  if (difference.empty()) {
    // What could not be compared is not remembered as equal.
    if (!lacks_secret(resource.wanted)) assessment.memo = Memo{resource.id, inputs_of_diff};
    return;
  }
  decide_differences(inputs, resource, difference, assessment);
}

void assess_keeper(const Inputs& inputs, Fingerprinter& fingerprinter, const Resource& resource, const Value& wanted,
                   const Schema& schema, Assessment& assessment) {
  const Observed& keeper = *assessment.keeper;
  assessment.incarnation = keeper.incarnation();
  switch (keeper.condition) {
    case Condition::unknown:
      assessment.verdict = Verdict::unknown;
      assessment.reason = keeper.evidence;
      return;
    case Condition::deleting:
      assessment.verdict = Verdict::recreate_gone;
      assessment.reason = "it is being deleted";
      return;
    case Condition::incomplete:
      assessment.verdict = Verdict::finish;
      assessment.start = Start::resume;
      assessment.reason = inputs.memory.another_run ? "another run is creating it" : "an earlier create did not finish";
      return;
    case Condition::progressing:
      assessment.verdict = Verdict::finish;
      assessment.start = Start::wait;
      assessment.reason = keeper.evidence.empty() ? std::string("not ready yet") : "not ready yet: " + keeper.evidence;
      return;
    case Condition::failed: {
      Assessment failed = assess_failed(inputs, resource, keeper);
      failed.keeper = assessment.keeper;
      failed.surplus = std::move(assessment.surplus);
      assessment = std::move(failed);
      return;
    }
    case Condition::ready:
      assess_ready(inputs, fingerprinter, resource, wanted, schema, assessment);
  }
}

}  // namespace

std::optional<std::string> why_absence_means_nothing(const Inputs& inputs, const Resource& resource,
                                                     const std::string& connection) {
  std::set<Scope> scopes{{connection, resource.id.kind}};
  for (const std::string& candidate : resource.connection.candidates) scopes.insert({candidate, resource.id.kind});
  for (const Scope& each : scopes) {
    if (inputs.snapshot.is_complete(each)) continue;
    const auto state = inputs.snapshot.scopes.find(each);
    return state == inputs.snapshot.scopes.end() ? "it was not read" : state->second.why_unknown;
  }
  return std::nullopt;
}

bool fits(const Schema& schema, const Resource& resource, const Value& wanted, const Observed& object) {
  const Difference difference = diff(schema, resource, wanted, object, nullptr);
  return difference.immutable.empty() && difference.create_time.empty();
}

Assessment assess(const Inputs& inputs, Fingerprinter& fingerprinter, const Resource& resource, const Value& wanted,
                  const std::string& connection) {
  const Driver& driver = *inputs.registry.driver(resource.id.kind);
  const Candidates candidates = candidates_of(inputs, resource.id, connection);
  if (candidates.ours.empty()) {
    if (const auto why = why_absence_means_nothing(inputs, resource, connection)) {
      Assessment assessment;
      assessment.verdict = Verdict::unknown;
      assessment.reason = *why;
      return assessment;
    }
  }
  if (candidates.ours.empty() && !candidates.foreign.empty()) return assess_taken(resource, candidates.foreign);
  if (candidates.ours.empty()) {
    Assessment assessment = assess_absent(inputs, resource);
    look_up_open_create(inputs, resource, driver.traits(), {}, assessment);
    return assessment;
  }

  const bool of_unknown_form = std::any_of(candidates.ours.begin(), candidates.ours.end(), [](const Observed* object) {
    return object->stamp && object->stamp->form != stamp_form;
  });
  if (of_unknown_form) {
    return blocked(resource,
                   fmt::format("{} carries a stamp in a form this muster does not know", resource.id.to_string()),
                   "update muster");
  }
  const Schema& schema = driver.schema();
  const auto matches = [&](const Observed& object) { return fits(schema, resource, wanted, object); };
  Assessment assessment;
  assessment.keeper = candidates.ours.size() == 1 ? candidates.ours.front() : choose_keeper(candidates.ours, matches);
  for (const Observed* object : candidates.ours) {
    if (object != assessment.keeper) assessment.surplus.push_back(object);
  }
  std::sort(assessment.surplus.begin(), assessment.surplus.end(),
            [](const Observed* a, const Observed* b) { return a->backend_id < b->backend_id; });
  assess_keeper(inputs, fingerprinter, resource, wanted, schema, assessment);
  look_up_open_create(inputs, resource, driver.traits(), candidates.ours, assessment);
  return assessment;
}

Assessment assess_inside_new(const Inputs& inputs, const Resource& resource, const ResourceId& container,
                             const std::string& connection) {
  Assessment assessment;
  assessment.verdict = Verdict::create_again;
  assessment.reason = fmt::format("{} is made anew", container.to_string());
  const Traits& traits = inputs.registry.driver(resource.id.kind)->traits();
  look_up_open_create(inputs, resource, traits, candidates_of(inputs, resource.id, connection).ours, assessment);
  return assessment;
}

bool makes_anew(Verdict verdict) {
  return verdict == Verdict::replace || verdict == Verdict::replace_failed || verdict == Verdict::recreate_gone;
}

void block_for_secret(const Resource& resource, Assessment& assessment) {
  const std::string why = assessment.verdict == Verdict::replace ? "it differs from the manifest" : assessment.reason;
  assessment.verdict = Verdict::blocked;
  assessment.problem =
      Diagnostic{Severity::error, resource.origin,
                 fmt::format("{} cannot be made anew: {}, and a secret that it is made with cannot be read",
                             resource.id.to_string(), why),
                 "give the secret that lacks; the one that stands is left as it is"};
}

}  // namespace muster::plan
