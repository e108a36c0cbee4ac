#include "resources/ipd/deployment_observe.h"

#include <map>
#include <string>
#include <utility>

#include "resources/ipd/observe_extended.h"
#include "resources/ipd/observe_original.h"

namespace muster::ipd_driver {

Observation observe_deployments(Client& client, const ObserveRequest& request, Context& context) {
  std::map<std::string, Subject> subjects;
  const auto subject_of = [&](const ResourceId& id) -> Subject& {
    Subject& subject = subjects[project_of(id)];
    subject.id = id;
    return subject;
  };
  for (const Observed& known : request.known) subject_of(known.id).known = &known;
  for (const Resource& resource : request.wanted) subject_of(resource.id).wanted = &resource;
  auto told = client.all(context);
  return told ? observe_extended(client, subjects, *std::move(told), request, context)
              : observe_original(client, subjects, request, context);
}

Observed under_way(Client& client, const Resource& resource, const std::string& id, const Stamp& stamp,
                   const std::optional<Project>& before, Context& context) {
  const bool is_extended = client.is_extended();
  Observed object = unread({resource.id, &resource}, project_of(resource.id));
  object.ownership = is_extended ? Ownership::ours : Ownership::claimable;
  if (is_extended) object.stamp = stamp;
  for (const char* field : {"image_sha256", "package_sha256", "version"}) {
    if (const Value& value = resource.wanted.at(field); !value.is_null()) set(object, field, value);
  }
  set(object, "status", "await");
  set(object, "deployment_id", id);
  if (!is_extended) set_counters(object, before.value_or(Project()));
  object.condition = Condition::progressing;
  object.evidence = "waits in the server's queue";
  object.since = object.created = context.clock.now();
  return object;
}

}  // namespace muster::ipd_driver
