#include "resources/openstack/server_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "resources/contract/error.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// Nova's own maximum; a cloud may allow less, and then says "next" earlier.
constexpr int page_size = 1000;

json read_page(Client& client, const std::string& marker, Context& context) {
  Call call;
  call.path = fmt::format("/servers/detail?limit={}{}", page_size,
                          marker.empty() ? "" : "&marker=" + net::percent_encode(marker));
  call.operation = "servers/detail";
  json body = client.call_json(call, context);
  if (!body.contains("servers") || !body["servers"].is_array()) {
    throw Error(Fault::transient, "nova GET servers/detail: the answer holds no list of servers");
  }
  return body;
}

bool has_next(const json& page) {
  const json links = page.value("servers_links", json::array());
  return std::any_of(links.begin(), links.end(), [](const json& link) { return link.value("rel", "") == "next"; });
}

/// Adds a page; false when it held nothing new.
bool add(const json& page, ServerList& list, std::set<std::string, std::less<>>& seen) {
  bool any_new = false;
  for (const json& item : page["servers"]) {
    Server server = server_from(item);
    if (!seen.insert(server.id).second) continue;
    any_new = true;
    if (!server.detailed) {
      list.incomplete(
          fmt::format("Nova shows server {} without details: a part of the cloud does not answer", server.id));
    }
    list.servers.push_back(std::move(server));
  }
  return any_new;
}

}  // namespace

void ServerList::incomplete(std::string why) {
  if (complete) why_incomplete = std::move(why);
  complete = false;
}

ServerList list_servers(Client& client, Context& context) {
  ServerList list;
  std::set<std::string, std::less<>> seen;
  std::string marker;
  while (true) {
    json page;
    try {
      page = read_page(client, marker, context);
    } catch (const Error& error) {
      if (marker.empty() || error.fault() == Fault::interrupted) throw;
      list.incomplete(fmt::format("after {} servers: {}", list.servers.size(), error.message()));
      return list;
    }
    const json& servers = page["servers"];
    const bool any_new = add(page, list, seen);
    if (servers.empty() || !has_next(page)) return list;
    if (!any_new) {
      list.incomplete(fmt::format("after {} servers Nova repeats a page and says there are more", list.servers.size()));
      return list;
    }
    marker = servers.back().value("id", "");
  }
}

std::optional<Server> read_server(Client& client, const std::string& id, Context& context) {
  Call call;
  call.path = "/servers/" + net::percent_encode(id);
  call.operation = "servers/{id}";
  call.accepted = {404};
  const net::HttpAnswer answer = client.call(call, context);
  if (answer.status == 404) return std::nullopt;
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("server")) {
    throw Error(Fault::transient, "nova GET servers/{id}: the answer holds no server");
  }
  return server_from(body["server"]);
}

}  // namespace muster::openstack
