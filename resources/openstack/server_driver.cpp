#include "resources/openstack/server_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/net/json_body.h"
#include "resources/openstack/json_access.h"
#include "resources/openstack/server_adopt.h"
#include "resources/openstack/server_list.h"
#include "resources/openstack/server_observe.h"
#include "resources/openstack/server_preflight.h"
#include "resources/openstack/server_request.h"
#include "resources/openstack/session.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

Field create_time(std::string name, std::string doc, bool required) {
  return {.name = std::move(name),
          .required = required,
          .doc = std::move(doc),
          .compare = Compare::create_time,
          .mutability = Mutability::immutable};
}

std::vector<Field> server_fields() {
  Field groups =
      create_time("security_groups", "Names or ids of security groups; without any the project's default.", false);
  groups.type = Type::set;
  groups.default_value = List{};
  groups.fields = {{.name = "security_group", .doc = "Name or id of a security group."}};
  Field user_data =
      create_time("user_data", "What cloud-init reads at first boot; at most 65,535 bytes encoded.", false);
  user_data.sensitive = true;
  return {
      {.name = "name",
       .required = true,
       .doc = "The server's name, 1 to 255 characters.",
       .mutability = Mutability::immutable},
      create_time("image", "Name or id of the image it boots.", true),
      create_time("flavor", "Name or id of the flavor: processors, memory, disk.", true),
      create_time("network", "Name or id of the network it is on.", true),
      create_time("key_pair", "Name of a key pair of the user's.", false),
      std::move(groups),
      std::move(user_data),
      {.name = "tags",
       .type = Type::set,
       .default_value = List{},
       .doc = "Words on the server, for people and their tools; at most 50.",
       .fields = {{.name = "tag",
                   .pattern = "[^,/]{1,60}",
                   .pattern_hint = "1 to 60 characters without commas and slashes",
                   .doc = "One word."}}},
      {.name = "ipv4", .doc = "Its first fixed IPv4 address on the network.", .computed = Computed::born},
      {.name = "ipv6", .doc = "Its first fixed IPv6 address on the network.", .computed = Computed::born},
      {.name = "status", .doc = "Nova's word: BUILD, ACTIVE, ERROR ...", .computed = Computed::live},
  };
}

Client& client_of(Session& session) { return dynamic_cast<OpenStackSession&>(session).client; }

Call server_call(net::Method method, const Observed& observed, std::string_view rest, std::string_view operation) {
  Call call;
  call.method = method;
  call.path = fmt::format("/servers/{}{}", net::percent_encode(observed.backend_id), rest);
  call.operation = fmt::format("servers/{{id}}{}", operation);
  return call;
}

/// What a create's answer tells: an id. The rest is known because we asked for it.
Observed just_created(const Resource& resource, const Stamp& stamp, std::string backend_id, Time now) {
  Observed observed;
  observed.id = resource.id;
  observed.backend_id = std::move(backend_id);
  observed.ownership = Ownership::ours;
  observed.stamp = stamp;
  observed.attributes = Map{{"name", resource.wanted.string_at("name")},
                            {"tags", resource.wanted.at("tags").is_list() ? resource.wanted.at("tags") : Value(List{})},
                            {"ipv4", Value()},
                            {"ipv6", Value()},
                            {"status", "BUILD"}};
  observed.condition = Condition::progressing;
  observed.evidence = "BUILD";
  observed.since = now;
  observed.created = now;
  return observed;
}

/// Nova merges what it is given, so keys of people stay; those of an older stamp that the new one lacks have to go.
void write_stamp(Client& client, const Observed& observed, const Stamp& stamp, Context& context) {
  const Metadata metadata = metadata_from(stamp);
  Call merge = server_call(net::Method::post, observed, "/metadata", "/metadata");
  merge.body = json{{"metadata", metadata}}.dump();
  merge.idempotent = true;
  client.call(merge, context);
  if (!observed.stamp) return;
  for (const auto& [key, value] : metadata_from(*observed.stamp)) {
    if (metadata.count(key) != 0) continue;
    Call surplus = server_call(net::Method::remove, observed, "/metadata/" + key, "/metadata/{key}");
    surplus.accepted = {404};
    client.call(surplus, context);
  }
}

void write_tags(Client& client, const Observed& observed, const Value& tags, Context& context) {
  json list = json::array();
  for (const Value& tag : tags.as_list()) list.push_back(tag.as_string());
  Call call = server_call(net::Method::put, observed, "/tags", "/tags");
  call.body = json{{"tags", list}}.dump();
  client.call(call, context);
}

}  // namespace

ServerDriver::ServerDriver()
    : schema_{.kind = "openstack.server",
              .doc = "A server of an OpenStack project.",
              .fields = server_fields(),
              .stamps_end = true} {}

Traits ServerDriver::traits() const {
  Traits traits;
  traits.connection_kind = "OpenStackProject";
  traits.quiet_window = std::chrono::seconds(120);
  // Large images on a busy cloud take this long, and Nova ends its own attempts sooner.
  traits.progressing_limit = std::chrono::minutes(15);
  traits.coexists = true;
  traits.adopting_writes = "muster's stamp into each server's metadata";
  return traits;
}

Observation ServerDriver::observe(Session& session, const ObserveRequest& request, Context& context) const {
  return observe_servers(client_of(session), request, context);
}

Observed ServerDriver::create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const {
  auto& open = dynamic_cast<OpenStackSession&>(session);
  Call call;
  call.method = net::Method::post;
  call.path = "/servers";
  call.operation = "servers";
  call.body = create_body(resource.wanted, stamp, open.client, open.names, context);
  const net::HttpAnswer answer = open.client.call(call, context);
  const json body = net::json_body(answer.body);
  std::string id = text_at(object_at(body, "server"), "id");
  if (id.empty()) {
    throw Error(Fault::unclear, fmt::format("nova POST servers: {} without a server's id", answer.status));
  }
  return just_created(resource, stamp, std::move(id), context.clock.now());
}

Observed ServerDriver::update(Session& session, const Resource& resource, const Observed& observed,
                              const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const {
  Client& client = client_of(session);
  for (const FieldChange& change : changes) {
    const bool is_stamped = change.field == "lifecycle.protect" || change.field == "lifecycle.until";
    if (is_stamped) continue;
    if (change.field != "tags") {
      throw Error(Fault::permanent, fmt::format("{} of a server cannot change in place", change.field),
                  "replace the server");
    }
    write_tags(client, observed, change.after.is_list() ? change.after : Value(List{}), context);
  }
  write_stamp(client, observed, stamp, context);
  const auto server = read_server(client, observed.backend_id, context);
  if (!server) throw Error(Fault::conflict, fmt::format("the server {} is gone", observed.backend_id));
  return observed_from(*server, stamp.fleet, resource.wanted.string_at("network"), context.clock.now());
}

Takeover ServerDriver::examine(Session& session, const Resource& resource, const Observed& observed,
                               Context& context) const {
  auto& open = dynamic_cast<OpenStackSession&>(session);
  return examine_server(open.client, open.names, resource, observed, context);
}

Observed ServerDriver::adopt(Session& session, const Resource& resource, const Observed& observed, const Stamp& stamp,
                             Context& context) const {
  Client& client = client_of(session);
  const auto there = read_server(client, observed.backend_id, context);
  if (!there) throw Error(Fault::conflict, fmt::format("the server {} is gone", observed.backend_id));
  refuse_others_server(*there, resource, stamp, context.clock.now());
  Observed as_it_is = observed;
  as_it_is.stamp = stamp_from(there->metadata);
  write_stamp(client, as_it_is, stamp, context);
  const auto server = read_server(client, observed.backend_id, context);
  if (!server) throw Error(Fault::conflict, fmt::format("the server {} is gone", observed.backend_id));
  return observed_from(*server, stamp.fleet, resource.wanted.string_at("network"), context.clock.now());
}

std::optional<Observed> ServerDriver::remove(Session& session, const Observed& observed, Context& context) const {
  if (observed.ownership != Ownership::ours) {
    throw Error(Fault::conflict, fmt::format("the server {} is not ours to delete", observed.backend_id));
  }
  Call call = server_call(net::Method::remove, observed, "", "");
  call.accepted = {404};
  if (client_of(session).call(call, context).status == 404) return std::nullopt;
  Observed deleting = observed;
  deleting.condition = Condition::deleting;
  deleting.evidence = "deleting";
  deleting.since = context.clock.now();
  return deleting;
}

std::vector<Diagnostic> ServerDriver::preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                                Context& context) const {
  auto& open = dynamic_cast<OpenStackSession&>(session);
  return preflight_servers(open.client, open.names, writes, context);
}

int ServerDriver::calls(Verb verb, const Value&) const {
  switch (verb) {
    case Verb::create:
    case Verb::remove:
      return 1;
    case Verb::replace:
      return 2;
    case Verb::adopt:
    case Verb::update:
      return 3;
    case Verb::flush:
      return 0;
  }
  return 0;
}

}  // namespace muster::openstack
