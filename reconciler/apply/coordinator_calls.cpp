#include <fmt/format.h>

#include "reconciler/apply/coordinator.h"
#include "reconciler/plan/diff.h"
#include "reconciler/plan/digests.h"
#include "reconciler/plan/refs.h"

namespace muster::apply {

const Resource* Coordinator::resource_of(const ResourceId& id) const {
  const auto found = resources_.find(id);
  return found == resources_.end() ? nullptr : found->second;
}

Value Coordinator::filled(const Value& value) const {
  return plan::fill_refs(value, [this](const Ref& ref) -> std::optional<Value> {
    const auto object = live_.find(ref.id);
    return object == live_.end() ? std::nullopt : plan::attribute_of(object->second, ref.attribute);
  });
}

/// A flush step has the driver of what it flushes.
const Driver* Coordinator::driver_of(Index step) const {
  const plan::Step& planned = inputs_.plan.steps[step];
  if (planned.verb != Verb::flush) return inputs_.registry.driver(planned.id.kind);
  for (const std::string& kind : inputs_.registry.resource_kinds()) {
    const Driver* driver = inputs_.registry.driver(kind);
    if (driver->flush_kind() == planned.id.kind) return driver;
  }
  return nullptr;
}

Incarnation Coordinator::new_incarnation() {
  Incarnation incarnation;
  while (!incarnation) incarnation.bits = context_.random.bits();
  return incarnation;
}

Stamp Coordinator::stamp_for(const Resource& resource, const Driver& driver, Incarnation incarnation) const {
  Stamp stamp;
  stamp.fleet = inputs_.fleet.uid;
  stamp.id = resource.id;
  stamp.incarnation = incarnation;
  stamp.digests = plan::stamp_digests(driver.schema(), resource.wanted);
  stamp.revision = inputs_.fleet.revision;
  stamp.protect = resource.lifecycle.protect == Protection::on;
  if (driver.schema().stamps_end) stamp.until = plan::end_of(resource);
  return stamp;
}

Coordinator::Prepared Coordinator::prepare(const RunVerb& run) {
  const plan::Step& step = inputs_.plan.steps[run.step];
  Prepared prepared;
  VerbJob& job = prepared.job;
  job.step = run.step;
  job.call = run.call;
  job.driver = driver_of(run.step);
  job.connection = step.connection;
  job.id = step.id;
  job.object = run.object;
  job.fleet = inputs_.fleet.uid;
  job.stamp.fleet = inputs_.fleet.uid;
  job.stamp.revision = inputs_.fleet.revision;
  if (job.driver == nullptr) {
    prepared.refuse(Error(Fault::permanent, fmt::format("nothing here handles {}", step.id.to_string())));
    return prepared;
  }
  if (run.call == Call::flush) {
    job.ours = ours_for_flush(step.id, *job.driver);
    journal_.about_to(run, {}, {}, now());
    return prepared;
  }
  if (run.call == Call::remove) {
    const auto live = live_.find(step.id);
    if (live == live_.end() || (run.object && live->second.backend_id == run.object->backend_id))
      journal_.about_to_end(step.id);
    journal_.about_to(run, run.object ? run.object->incarnation() : Incarnation{}, {}, now());
    return prepared;
  }
  const Resource* resource = resource_of(step.id);
  if (resource == nullptr) {
    prepared.refuse(Error(Fault::conflict, fmt::format("no manifest describes {}", step.id.to_string())));
    return prepared;
  }
  prepare_write(run, *resource, prepared);
  return prepared;
}

void Coordinator::prepare_write(const RunVerb& run, const Resource& resource, Prepared& prepared) {
  VerbJob& job = prepared.job;
  job.resource = resource;
  job.resource->wanted = filled(resource.wanted);
  if (auto& offered = job.resource->connection.offered) offered->spec = filled(offered->spec);
  const std::vector<Ref> unknown = refs_in(job.resource->wanted);
  if (!unknown.empty()) {
    const Ref& ref = unknown.front();
    prepared.refuse(Error(Fault::conflict, fmt::format("{} of {} is not known", ref.attribute, ref.id.to_string()),
                          "look at that one first, then apply again"));
    return;
  }
  const bool keeps_incarnation = run.object && run.object->incarnation();
  const Incarnation incarnation = keeps_incarnation ? run.object->incarnation() : new_incarnation();
  incarnations_[run.step] = incarnation;
  job.stamp = stamp_for(resource, *job.driver, incarnation);
  if (run.call == Call::update || run.call == Call::put_back) keep_of_stamp(resource, job);
  if (run.call == Call::update) {
    find_changes(resource, job);
    if (job.changes.empty()) {  // what was not known when it was planned turned out to be as it is
      prepared.answer = VerbEnded{run.step, run.object, std::nullopt};
      return;
    }
  }
  journal_.about_to(run, incarnation, digest(resource.wanted), now());
}

/// It was created from these, whatever the manifest says now.
void Coordinator::keep_of_stamp(const Resource& resource, VerbJob& job) {
  if (!job.object || !job.object->stamp) return;
  job.stamp.digests = job.object->stamp->digests;
  job.stamp.form = job.object->stamp->form;
  if (resource.lifecycle.protect == Protection::unsaid) job.stamp.protect = job.object->stamp->protect;
}

void Coordinator::find_changes(const Resource& resource, VerbJob& job) const {
  const plan::Difference difference =
      plan::diff(job.driver->schema(), resource, job.resource->wanted, *job.object, nullptr);
  for (const plan::Change& change : difference.updatable) {
    job.changes.push_back({change.field, change.before, change.after});
  }
}

std::vector<Observed> Coordinator::ours_for_flush(const ResourceId& target, const Driver& driver) const {
  std::vector<Observed> ours;
  for (const auto& [id, object] : live_) {
    const Driver* own = inputs_.registry.driver(id.kind);
    if (own == nullptr || own->flush_kind() != driver.flush_kind()) continue;
    if (own->flushed_by(id) == target) ours.push_back(object);
  }
  return ours;
}

namespace {

/// A step that waits for an object makes a new one when that fails: from then on the new one is looked for.
bool is_another(const Observed& planned, Incarnation made) {
  return made && planned.incarnation() && planned.incarnation() != made;
}

}  // namespace

PollJob Coordinator::prepare_poll(const Poll& poll) const {
  PollJob job;
  job.scope = poll.scope;
  job.driver = inputs_.registry.driver(poll.scope.kind);
  job.request.reach = ObserveRequest::Reach::listed;
  job.request.fleet = inputs_.fleet.uid;
  const Traits traits = job.driver->traits();
  for (Index step : poll.steps) {
    const plan::Step& planned = inputs_.plan.steps[step];
    const auto& last = scheduler_.results()[step].object;
    PollJob::Target target{step, planned.id, incarnations_[step], {}};
    if (!target.incarnation) target.incarnation = planned.incarnation;
    if (last) {
      target.backend_id = last->backend_id;
      target.incarnation = last->incarnation();
      job.request.known.push_back(*last);
    } else if (planned.object && !is_another(*planned.object, incarnations_[step])) {
      target.backend_id = planned.object->backend_id;
      target.incarnation = planned.object->incarnation();
      job.request.known.push_back(*planned.object);
    }
    if (!traits.stampable) target.incarnation = {};
    if (traits.pure_check) target.backend_id.clear();
    const Resource* resource = resource_of(planned.id);
    // A known object that is stamped is found without it; what an unclear create may have made is not.
    const bool is_found_without = traits.stampable && !target.backend_id.empty();
    if (resource != nullptr && !is_found_without) {
      job.request.wanted.push_back(*resource);
      job.request.wanted.back().wanted = filled(resource->wanted);
    }
    job.targets.push_back(std::move(target));
  }
  return job;
}

}  // namespace muster::apply
