#include "reconciler/cli/explain_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reconciler/apply/memory.h"
#include "reconciler/cli/explain_fields.h"
#include "reconciler/cli/hosts.h"
#include "reconciler/cli/workspace.h"
#include "reconciler/plan/assess.h"
#include "reconciler/plan/diff.h"
#include "reconciler/plan/keeper.h"
#include "reconciler/plan/pattern.h"
#include "reconciler/plan/place.h"
#include "reconciler/plan/refs.h"
#include "reconciler/plan/restraint.h"
#include "reconciler/plan/selection.h"
#include "resources/contract/fingerprint.h"

namespace muster::cli {
namespace {

class Explainer {
 public:
  explicit Explainer(const ExplainInputs& inputs)
      : inputs_(inputs),
        facts_(facts_of(inputs.load)),
        memory_(apply::load_memory(inputs.store, inputs.registry, inputs.now)),
        planning_{inputs.registry, facts_, inputs.load.resources, inputs.prepared.snapshot, memory_, inputs.now, {}} {
    for (const Resource& resource : inputs.load.resources) wanted_.emplace(resource.id, &resource);
    for (const Manifest& manifest : inputs.load.manifests) manifests_.emplace(manifest.key(), &manifest);
  }

  Explanation explain(const ResourceId& id);

 private:
  const plan::Assessment* assessment_of(const ResourceId& id);
  Value filled(const Value& value);
  void add_wanted(const Resource& resource, Explanation& to);
  void add_objects(const plan::Assessment* assessment, Explanation& to);
  void add_scope(Explanation& to) const;
  void add_plan(Explanation& to) const;
  void add_links(Explanation& to) const;
  void add_memory(Explanation& to) const;

  const ExplainInputs& inputs_;
  const plan::FleetFacts facts_;
  const plan::Memory memory_;
  const plan::Inputs planning_;
  std::map<ResourceId, const Resource*> wanted_;
  std::map<std::string, const Manifest*> manifests_;
  Fingerprinter fingerprinter_;
  std::map<ResourceId, plan::Assessment> assessments_;
};

/// nullptr when no manifest wants it.
const plan::Assessment* Explainer::assessment_of(const ResourceId& id) {
  if (const auto known = assessments_.find(id); known != assessments_.end()) return &known->second;
  const auto resource = wanted_.find(id);
  if (resource == wanted_.end()) return nullptr;
  const std::string connection = plan::place(*resource->second, inputs_.prepared.snapshot);
  const Value wanted = filled(resource->second->wanted);
  return &assessments_.emplace(id, plan::assess(planning_, fingerprinter_, *resource->second, wanted, connection))
              .first->second;
}

Value Explainer::filled(const Value& value) {
  return plan::fill_refs(value, [this](const Ref& ref) -> std::optional<Value> {
    const plan::Assessment* other = assessment_of(ref.id);
    if (other == nullptr || other->keeper == nullptr) return std::nullopt;
    return plan::attribute_of(*other->keeper, ref.attribute);
  });
}

void Explainer::add_wanted(const Resource& resource, Explanation& to) {
  to.is_wanted = true;
  to.group = resource.group;
  to.origin = resource.origin;
  to.connection = plan::place(resource, inputs_.prepared.snapshot);
}

void Explainer::add_objects(const plan::Assessment* assessment, Explanation& to) {
  const Observed* keeper = assessment == nullptr ? nullptr : assessment->keeper;
  const auto [first, last] = inputs_.prepared.snapshot.objects.equal_range(to.id);
  const auto wanted = wanted_.find(to.id);
  const Driver* driver = inputs_.registry.driver(to.id.kind);
  const Value filled_wanted = wanted == wanted_.end() ? Value() : filled(wanted->second->wanted);
  const auto matches = [&](const Observed& object) {
    if (wanted == wanted_.end() || driver == nullptr) return true;
    return plan::fits(driver->schema(), *wanted->second, filled_wanted, object);
  };
  std::vector<const Observed*> ours;
  for (auto at = first; at != last; ++at) {
    if (!plan::is_ours(planning_, at->second)) {
      to.foreign.push_back(at->second);
      continue;
    }
    const bool is_seen_twice = std::any_of(
        ours.begin(), ours.end(), [&](const Observed* other) { return plan::is_same_object(*other, at->second); });
    if (!is_seen_twice) ours.push_back(&at->second);
  }
  for (const Observed& object : inputs_.prepared.snapshot.foreign) {
    if (object.id == to.id) to.foreign.push_back(object);
  }
  if (keeper == nullptr && !ours.empty()) keeper = plan::choose_keeper(ours, matches);
  std::sort(ours.begin(), ours.end(),
            [](const Observed* a, const Observed* b) { return a->backend_id < b->backend_id; });
  std::stable_partition(ours.begin(), ours.end(), [&](const Observed* object) {
    return keeper != nullptr && plan::is_same_object(*object, *keeper);
  });
  for (std::size_t i = 0; i < ours.size(); ++i) {
    ObjectExplained explained{*ours[i], i == 0, {}};
    if (ours.size() > 1 && i == 0) explained.why = "it stays: " + plan::why_kept(*ours[0], *ours[1], matches);
    if (i > 0)
      explained.why =
          fmt::format("it goes, {} stays: {}", ours[0]->backend_id, plan::why_kept(*ours[0], *ours[i], matches));
    to.objects.push_back(std::move(explained));
  }
  if (!to.objects.empty() && !to.objects.front().object.connection.empty())
    to.connection = to.objects.front().object.connection;
  if (to.connection.empty() && !to.foreign.empty()) to.connection = to.foreign.front().connection;
}

void Explainer::add_scope(Explanation& to) const {
  const auto scope = inputs_.prepared.snapshot.scopes.find({to.connection, to.id.kind});
  if (scope == inputs_.prepared.snapshot.scopes.end()) return;
  if (scope->second.read_at != Time{}) to.read_at = scope->second.read_at;
  if (!scope->second.complete) to.unread = scope->second.why_unknown;
}

void Explainer::add_plan(Explanation& to) const {
  const plan::Plan& plan = inputs_.prepared.plan;
  std::set<ResourceId> after;
  for (const plan::Step& step : plan.steps) {
    if (step.id != to.id) continue;
    to.steps.push_back(step);
    for (const std::size_t need : step.needs) after.insert(plan.steps[need].id);
    for (const std::size_t need : step.follows) after.insert(plan.steps[need].id);
  }
  after.erase(to.id);
  to.after = {after.begin(), after.end()};
  const auto of_this = [&](const auto& one) { return one.id == to.id; };
  std::copy_if(plan.held.begin(), plan.held.end(), std::back_inserter(to.held), of_this);
  std::copy_if(plan.unknown.begin(), plan.unknown.end(), std::back_inserter(to.unknown), of_this);
}

void Explainer::add_links(Explanation& to) const {
  const auto links_of = [](const Resource& resource) {
    std::vector<Link> links;
    const auto add = [&](const ResourceId& id, const std::string& how) {
      const bool is_known = std::any_of(links.begin(), links.end(), [&](const Link& link) { return link.id == id; });
      if (!is_known) links.push_back({id, how});
    };
    for (const Ref& ref : refs_in(resource.wanted)) add(ref.id, "for its " + ref.attribute);
    if (resource.connection.offered) add(resource.connection.offered->by, "as its connection");
    if (resource.inside) add(*resource.inside, "it is inside of it");
    for (const ResourceId& need : resource.needs) add(need, "has to be there first");
    for (const ResourceId& other : resource.follows) add(other, "has to have ended first, well or not");
    return links;
  };
  if (const auto own = wanted_.find(to.id); own != wanted_.end()) to.needs = links_of(*own->second);
  for (const Resource& other : inputs_.load.resources) {
    for (Link& link : links_of(other)) {
      if (link.id == to.id) to.needed_by.push_back({other.id, std::move(link.how)});
    }
  }
}

void Explainer::add_memory(Explanation& to) const {
  state::Store& store = inputs_.store;
  if (const auto applied = store.applied().find(to.id)) to.applied_at = applied->at;
  for (state::Intent& intent : store.intents().list()) {
    if (intent.resource == to.id) to.intents.push_back(std::move(intent));
  }
  for (state::Claim& claim : store.claims().list()) {
    if (claim.id == to.id) to.claims.push_back(std::move(claim));
  }
  for (state::StepRecord& step : store.history().steps(to.id, inputs_.steps_shown)) {
    auto run = store.history().find(step.run);
    to.history.push_back({std::move(step), std::move(run)});
  }
}

Explanation Explainer::explain(const ResourceId& id) {
  Explanation explanation;
  explanation.id = id;
  const auto wanted = wanted_.find(id);
  const plan::Assessment* assessment = assessment_of(id);
  if (wanted != wanted_.end()) add_wanted(*wanted->second, explanation);
  add_objects(assessment, explanation);
  add_scope(explanation);
  add_plan(explanation);
  add_links(explanation);
  add_memory(explanation);
  if (assessment != nullptr && assessment->problem) explanation.problems.push_back(*assessment->problem);
  if (const Driver* driver = inputs_.registry.driver(id.kind)) {
    const Resource* resource = wanted == wanted_.end() ? nullptr : wanted->second;
    FieldInputs fields{driver->schema(), resource, resource == nullptr ? Value() : filled(resource->wanted)};
    for (const plan::Unknown& unknown : inputs_.prepared.plan.unknown) fields.unread.insert(unknown.id);
    if (resource != nullptr) {
      if (const auto manifest = manifests_.find(resource->group); manifest != manifests_.end()) {
        fields.manifest = manifest->second;
        fields.blueprint = inputs_.registry.blueprint(manifest->second->kind);
      }
    }
    explanation.fields = fields_explained(fields, explanation);
  }
  return explanation;
}

/// Every id that anything here knows.
std::set<ResourceId> all_ids(const ExplainInputs& inputs) {
  std::set<ResourceId> ids;
  for (const Resource& resource : inputs.load.resources) ids.insert(resource.id);
  for (const auto& [id, object] : inputs.prepared.snapshot.objects) ids.insert(id);
  for (const Observed& object : inputs.prepared.snapshot.foreign) ids.insert(object.id);
  for (const plan::Step& step : inputs.prepared.plan.steps) ids.insert(step.id);
  for (const state::Intent& intent : inputs.store.intents().list()) ids.insert(intent.resource);
  return ids;
}

std::set<ResourceId> ids_of_backend_id(const ExplainInputs& inputs, const std::string& word) {
  std::set<ResourceId> ids;
  for (const auto& [id, object] : inputs.prepared.snapshot.objects) {
    if (object.backend_id == word) ids.insert(id);
  }
  for (const Observed& object : inputs.prepared.snapshot.foreign) {
    if (object.backend_id == word) ids.insert(object.id);
  }
  return ids;
}

/// What the columns of list show: a host's name in DNS, its addresses, its server's name.
std::set<ResourceId> ids_of_host(const ExplainInputs& inputs, const std::string& word) {
  const HostLists lists = host_lists(inputs.load, inputs.prepared.snapshot);
  std::set<ResourceId> ids;
  for (const auto* rows : {&lists.hosts, &lists.orphaned_servers, &lists.orphaned_domains}) {
    for (const HostRow& row : *rows) {
      const bool is_it =
          row.domain == word || row.ipv4 == word || row.ipv6 == word || row.target == word || row.instance_name == word;
      if (is_it) ids.insert(row.ids.begin(), row.ids.end());
    }
  }
  return ids;
}

}  // namespace

std::vector<ResourceId> ids_meant(const ExplainInputs& inputs, const std::string& word) {
  const std::set<ResourceId> known = all_ids(inputs);
  const auto id = parse_resource_id(word);
  if (id && (known.contains(*id) || !inputs.store.history().steps(*id, 1).empty())) return {*id};
  std::set<ResourceId> ids = ids_of_backend_id(inputs, word);
  if (ids.empty() && !word.empty()) ids = ids_of_host(inputs, word);
  if (ids.empty()) {
    ids = plan::ids_meant({word}, plan::subjects_of(inputs.load.resources, inputs.load.manifests, known));
  }
  return {ids.begin(), ids.end()};
}

std::vector<Explanation> explain(const ExplainInputs& inputs, const std::vector<ResourceId>& ids) {
  Explainer explainer(inputs);
  std::vector<Explanation> explanations;
  for (const ResourceId& id : ids) explanations.push_back(explainer.explain(id));
  return explanations;
}

}  // namespace muster::cli
