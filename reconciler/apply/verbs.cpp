#include "reconciler/apply/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <unordered_map>

#include "reconciler/apply/fill.h"
#include "reconciler/plan/digests.h"
#include "resources/contract/hash_resource_id.h"

namespace muster::apply {
namespace {

std::string_view word_for(Call call) {
  switch (call) {
    case Call::create:
      return "creating";
    case Call::resume:
      return "finishing";
    case Call::adopt:
      return "adopting";
    case Call::update:
      return "updating";
    case Call::put_back:
      return "putting back";
    case Call::remove:
      return "removing";
    case Call::flush:
      return "flushing";
  }
  return "handling";
}

/// What stands there now, whosever it is.
std::optional<Observed> read(const VerbJob& job, Session& session, Context& context) {
  ObserveRequest request;
  request.reach = ObserveRequest::Reach::listed;
  request.fleet = job.fleet;
  request.known = {*job.object};
  const Observation seen = job.driver->observe(session, request, context);
  const auto same = std::find_if(seen.objects.begin(), seen.objects.end(),
                                 [&](const Observed& object) { return object.backend_id == job.object->backend_id; });
  if (same == seen.objects.end()) {
    if (seen.complete) return std::nullopt;
    Error unread(Fault::transient, "it could not be read again before its removal: " + seen.why_incomplete);
    throw seen.retry_after ? unread.with_retry_after(*seen.retry_after) : unread;
  }
  Observed now = *same;
  now.connection = job.object->connection;
  return now;
}

bool is_as_planned(const VerbJob& job, const Observed& now) {
  return now.stamp == job.object->stamp && now.ownership != Ownership::foreign;
}

/// A removal acts on what is there now, not on what was there when it was planned.
std::optional<Observed> remove(const VerbJob& job, Session& session, Context& context) {
  if (!job.driver->traits().stampable) return job.driver->remove(session, *job.object, context);
  const std::optional<Observed> now = read(job, session, context);
  if (!now) return std::nullopt;
  if (!is_as_planned(job, *now)) {
    throw Error(Fault::conflict, fmt::format("{} is no longer what the plan saw", now->backend_id),
                "plan again and look at what changed");
  }
  std::optional<Observed> left = job.driver->remove(session, *now, context);
  if (left) return left;
  // A backend that does not find by id what it has just shown has not removed it. What is not ours any more was let go.
  const std::optional<Observed> still = read(job, session, context);
  if (still && is_as_planned(job, *still))
    throw Error(Fault::transient, fmt::format("{} was not found to be removed, and stands", now->backend_id));
  return std::nullopt;
}

std::optional<Observed> call_driver(VerbJob& job, Session& session, Context& context) {
  switch (job.call) {
    case Call::create:
    case Call::resume:
      return job.driver->create(session, *job.resource, job.stamp, context);
    case Call::adopt:
      return job.driver->adopt(session, *job.resource, *job.object, job.stamp, context);
    case Call::update:
      return job.driver->update(session, *job.resource, *job.object, job.changes, job.stamp, context);
    case Call::put_back:
      return job.driver->put_back(session, *job.resource, *job.object, job.stamp, context);
    case Call::remove:
      return remove(job, session, context);
    case Call::flush:
      job.driver->flush(session, job.id, job.ours, job.stamp, context);
      return std::nullopt;
  }
  return std::nullopt;
}

/// A fault of muster's own in the middle of a write says nothing about whether it was done; `fault` does.
Error as_error(const std::exception& exception, Fault fault) {
  return Error(fault, fmt::format("a fault in muster itself: {}", exception.what()),
               "please report it with the output of -v");
}

/// What was read, to be found by what a poll looks for. The objects must outlive it.
class Sightings {
 public:
  explicit Sightings(const std::vector<Observed>& objects) {
    for (const Observed& object : objects) {
      by_backend_id_.emplace(object.backend_id, &object);
      by_incarnation_.emplace(object.incarnation().bits, &object);
      if (object.ownership != Ownership::foreign) by_id_.emplace(object.id, &object);
    }
  }

  /// A request that was delivered twice makes two objects of one incarnation: once one is known, its backend id
  /// decides. nullptr when it was not seen.
  const Observed* find(const PollJob::Target& target) const {
    if (!target.backend_id.empty()) {
      const auto [first, last] = by_backend_id_.equal_range(target.backend_id);
      const auto found = std::find_if(
          first, last, [&](const auto& entry) { return entry.second->incarnation() == target.incarnation; });
      return found == last ? nullptr : found->second;
    }
    if (target.incarnation) {
      const auto found = by_incarnation_.find(target.incarnation.bits);
      return found == by_incarnation_.end() ? nullptr : found->second;
    }
    const auto found = by_id_.find(target.id);
    return found == by_id_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_multimap<std::string_view, const Observed*> by_backend_id_;
  std::unordered_map<std::uint64_t, const Observed*> by_incarnation_;  ///< of several the first
  std::unordered_map<ResourceId, const Observed*, HashResourceId> by_id_;
};

/// What an update leaves as it is needs no secret: the plan changes no field whose secret could not be read.
void drop_unread(Value& wanted) {
  if (!wanted.is_map()) return;
  std::erase_if(wanted.as_map(), [](const auto& member) { return plan::lacks_secret(member.second); });
}

}  // namespace

Session& session_for(const std::string& connection, const Resource* resource, Sessions& sessions, SecretReader& secrets,
                     Redactor& redactor) {
  if (resource == nullptr || !resource->connection.offered) return sessions.get(connection);
  const OfferedConnection& offered = *resource->connection.offered;
  return sessions.get_offered(offered.kind, offered.by.to_string(), fill(offered.spec, secrets, redactor));
}

VerbEnded run_verb(VerbJob job, Sessions& sessions, SecretReader& secrets, Context& context) {
  VerbEnded ended{job.step, std::nullopt, std::nullopt};
  RequestIds ids;
  Context own = context;
  own.request_ids = &ids;
  own.about = &job.id;
  try {
    const Resource* resource = job.resource ? &*job.resource : nullptr;
    Session& session = session_for(job.connection, resource, sessions, secrets, context.redactor);
    if (job.resource && job.call == Call::update) drop_unread(job.resource->wanted);
    if (job.resource) job.resource->wanted = fill(job.resource->wanted, secrets, context.redactor);
    ended.object = call_driver(job, session, own);
    if (ended.object) ended.object->connection = job.connection;
  } catch (Error& error) {
    ended.error = error.while_doing(fmt::format("{} {}", word_for(job.call), job.id.to_string()));
  } catch (const std::exception& exception) {
    ended.error = as_error(exception, Fault::unclear);
  }
  ended.request_ids = ids.take();
  return ended;
}

PollEnded run_poll(PollJob job, Sessions& sessions, Context& context) {
  PollEnded ended;
  ended.scope = job.scope;
  for (const PollJob::Target& target : job.targets) ended.steps.push_back(target.step);
  ended.objects.resize(job.targets.size());
  try {
    const Observation seen = job.driver->observe(sessions.get(job.scope.connection), job.request, context);
    if (!seen.complete) ended.failed = Error(Fault::transient, seen.why_incomplete);
    const Sightings sightings(seen.objects);
    for (std::size_t i = 0; i < job.targets.size(); ++i) {
      const Observed* found = sightings.find(job.targets[i]);
      if (found == nullptr) continue;
      ended.objects[i] = *found;
      ended.objects[i]->connection = job.scope.connection;
    }
  } catch (Error& error) {
    ended.failed = error.while_doing(fmt::format("reading {}", job.scope.to_string()));
  } catch (const std::exception& exception) {
    ended.failed = as_error(exception, Fault::permanent);
  }
  return ended;
}

}  // namespace muster::apply
