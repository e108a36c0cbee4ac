#include "resources/openstack/server_observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resources/contract/error.h"
#include "resources/contract/parallel.h"
#include "resources/openstack/server_list.h"

namespace muster::openstack {
namespace {

/// Up to here GETs by id are cheaper than a page of a thousand.
constexpr std::size_t few = 4;

/// How many failed servers one read asks for their reason: mostly all have the same one.
constexpr int reasons_per_read = 8;

/// What the request says about servers, by what a server can be recognised by.
struct Expected {
  explicit Expected(const ObserveRequest& request) {
    for (const Resource& resource : request.wanted) {
      ids.insert(resource.id);
      by_name.emplace(resource.wanted.string_at("name"), &resource);
      by_id.emplace(resource.id, &resource);
    }
    for (const Observed& known : request.known) {
      ids.insert(known.id);
      if (known.ownership == Ownership::ours && !known.backend_id.empty()) backend_ids.insert(known.backend_id);
    }
  }

  std::set<ResourceId> ids;
  std::set<std::string> backend_ids;
  std::map<std::string, const Resource*> by_name;
  std::map<ResourceId, const Resource*> by_id;
};

std::string network_of(const Server& server, const Expected& expected) {
  const auto stamp = stamp_from(server.metadata);
  const auto found = stamp ? expected.by_id.find(stamp->id) : expected.by_id.end();
  return found == expected.by_id.end() ? std::string() : found->second->wanted.string_at("network");
}

/// True when every wanted resource is known by a backend id, and they are few.
bool readable_by_id(const ObserveRequest& request, const Expected& expected) {
  if (request.reach != ObserveRequest::Reach::listed || expected.backend_ids.size() > few) return false;
  std::set<ResourceId> known_ids;
  for (const Observed& known : request.known) {
    if (expected.backend_ids.count(known.backend_id) != 0) known_ids.insert(known.id);
  }
  return std::all_of(expected.ids.begin(), expected.ids.end(),
                     [&](const ResourceId& id) { return known_ids.count(id) != 0; });
}

/// A server Nova shows as a bare id keeps what we knew of it, in an unknown condition.
void place_bare(const Server& server, const ObserveRequest& request, Observation& observation) {
  for (const Observed& known : request.known) {
    if (known.backend_id != server.id) continue;
    Observed observed = known;
    observed.condition = Condition::unknown;
    observed.evidence = "a part of the cloud does not answer";
    observation.objects.push_back(std::move(observed));
    return;
  }
}

void place(const Server& server, const ObserveRequest& request, const Expected& expected, Time now,
           Observation& observation) {
  if (!server.detailed) return place_bare(server, request, observation);
  Observed observed = observed_from(server, request.fleet, network_of(server, expected), now);
  const bool listed_only = request.reach == ObserveRequest::Reach::listed;
  if (observed.ownership == Ownership::ours) {
    if (!listed_only || expected.ids.count(observed.id) != 0) observation.objects.push_back(std::move(observed));
    return;
  }
  if (const auto wanted = expected.by_name.find(server.name); wanted != expected.by_name.end()) {
    observed.id = wanted->second->id;
    observation.objects.push_back(std::move(observed));
  } else if (!listed_only) {
    observation.foreign.push_back(std::move(observed));
  }
}

/// Reads by id what is known; what is gone (404) is simply not there. A fleet that was destroyed is thousands of them,
/// so they are asked for together.
ServerList read_known(Client& client, const std::set<std::string>& backend_ids, Context& context) {
  const std::vector<std::string> ids(backend_ids.begin(), backend_ids.end());
  std::vector<std::optional<Server>> servers(ids.size());
  std::vector<std::optional<Error>> failures(ids.size());
  at_once(ids.size(), client.concurrency(), [&](std::size_t i) {
    try {
      servers[i] = read_server(client, ids[i], context);
    } catch (const Error& error) {
      if (error.fault() == Fault::interrupted) throw;
      failures[i] = error;
    }
  });
  ServerList list;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (servers[i]) list.servers.push_back(std::move(*servers[i]));
    if (failures[i]) {
      list.incomplete(fmt::format("server {}: {}", ids[i], failures[i]->message()), failures[i]->retry_after());
    }
  }
  return list;
}

/// Confirms by id what we knew and the list lacks. A server that exists all the same proves that the list left some
/// out.
void confirm_missing(Client& client, const Expected& expected, Context& context, ServerList& list) {
  std::set<std::string> missing = expected.backend_ids;
  for (const Server& server : list.servers) missing.erase(server.id);
  ServerList confirmed = read_known(client, missing, context);
  if (!confirmed.complete) list.incomplete(confirmed.why_incomplete, confirmed.retry_after);
  for (Server& server : confirmed.servers) {
    list.incomplete(fmt::format("Nova's list lacks server {}, which exists", server.id));
    list.servers.push_back(std::move(server));
  }
}

/// Of what was known to stand and is not found by its id. A list knows a new server before every other part of a cloud
/// does.
bool lacks_standing_one(const ServerList& list, const ObserveRequest& request, const Expected& expected) {
  std::set<std::string> standing;
  for (const Observed& known : request.known) {
    if (known.condition != Condition::deleting) standing.insert(known.backend_id);
  }
  for (const Server& server : list.servers) standing.erase(server.id);
  return std::any_of(standing.begin(), standing.end(),
                     [&](const std::string& id) { return expected.backend_ids.contains(id); });
}

bool is_asked_for(const Server& server, const ObserveRequest& request, const Expected& expected) {
  const auto stamp = stamp_from(server.metadata);
  if (!stamp || stamp->fleet != request.fleet) return false;
  return request.reach != ObserveRequest::Reach::listed || expected.ids.count(stamp->id) != 0;
}

/// Nova's list knows only the faults in the database of its own API. Those in the servers' cells, and where no host was
/// found, it tells by id.
void ask_for_reasons(Client& client, const ObserveRequest& request, const Expected& expected, Context& context,
                     ServerList& list) {
  int left = reasons_per_read;
  for (Server& server : list.servers) {
    if (left == 0) return;
    const bool untold = server.status == "ERROR" && server.task_state != "deleting" && server.fault.empty();
    if (!untold || !is_asked_for(server, request, expected)) continue;
    --left;
    const ServerList alone = read_known(client, {server.id}, context);
    if (!alone.complete) list.incomplete(alone.why_incomplete, alone.retry_after);
    if (!alone.servers.empty()) server = alone.servers.front();
  }
}

}  // namespace

Observation observe_servers(Client& client, const ObserveRequest& request, Context& context) {
  const Expected expected(request);
  ServerList list;
  const bool by_id = readable_by_id(request, expected);
  if (by_id) list = read_known(client, expected.backend_ids, context);
  if (!by_id || (list.complete && lacks_standing_one(list, request, expected))) {
    list = list_servers(client, context);
    // After a broken list everything is missing; confirming it one by one would tell little for many calls.
    if (list.complete) {
      confirm_missing(client, expected, context, list);
      ask_for_reasons(client, request, expected, context, list);
    }
  }
  Observation observation;
  observation.complete = list.complete;
  observation.why_incomplete = list.why_incomplete;
  observation.retry_after = list.retry_after;
  const Time now = context.clock.now();
  for (const Server& server : list.servers) place(server, request, expected, now, observation);
  return observation;
}

}  // namespace muster::openstack
