#include "resources/openstack/server_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "resources/contract/error.h"
#include "resources/net/json_body.h"
#include "resources/openstack/json_access.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// Nova's own maximum; a cloud may allow less, and then says "next" earlier.
constexpr int page_size = 1000;

/// Servers come and go while pages are read; a list that loses its place this often is left incomplete.
constexpr int most_readings = 4;

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
  const json& links = list_at(page, "servers_links");
  return std::any_of(links.begin(), links.end(), [](const json& link) { return text_at(link, "rel") == "next"; });
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

/// Reads all pages into `list`. False when Nova refused a marker: that server was deleted since the page before.
bool read_pages(Client& client, Context& context, ServerList& list) {
  std::set<std::string, std::less<>> seen;
  std::string marker;
  while (true) {
    json page;
    try {
      page = read_page(client, marker, context);
    } catch (const Error& error) {
      if (marker.empty() || error.fault() == Fault::interrupted) throw;
      list.incomplete(fmt::format("after {} servers: {}", list.servers.size(), error.message()), error.retry_after());
      // The same request without a marker was fine.
      return error.fault() != Fault::invalid;
    }
    const json& servers = page["servers"];
    const bool any_new = add(page, list, seen);
    if (servers.empty() || !has_next(page)) return true;
    if (!any_new) {
      list.incomplete(fmt::format("after {} servers Nova repeats a page and says there are more", list.servers.size()));
      return true;
    }
    marker = text_at(servers.back(), "id");
  }
}

}  // namespace

void ServerList::incomplete(std::string why, std::optional<std::chrono::milliseconds> retry_after_that) {
  if (!complete) return;
  complete = false;
  why_incomplete = std::move(why);
  retry_after = retry_after_that;
}

ServerList list_servers(Client& client, Context& context) {
  ServerList list;
  for (int reading = 0; reading < most_readings; ++reading) {
    list = {};
    if (read_pages(client, context, list)) break;
  }
  return list;
}

std::optional<json> read_server_json(Client& client, const std::string& id, Context& context) {
  Call call;
  call.path = "/servers/" + net::percent_encode(id);
  call.operation = "servers/{id}";
  call.accepted = {404};
  const net::HttpAnswer answer = client.call(call, context);
  if (answer.status == 404) return std::nullopt;
  json body = net::json_body(answer.body);
  if (!body.is_object() || !body.contains("server")) {
    throw Error(Fault::transient, "nova GET servers/{id}: the answer holds no server");
  }
  return body["server"];
}

std::optional<Server> read_server(Client& client, const std::string& id, Context& context) {
  const std::optional<json> server = read_server_json(client, id, context);
  if (!server) return std::nullopt;
  return server_from(*server);
}

}  // namespace muster::openstack
