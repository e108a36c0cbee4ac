// GET, POST, PUT, DELETE of /servers and what hangs below one server.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sandbox/nova.h"
#include "sandbox/nova_create.h"
#include "sandbox/nova_views.h"
#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

std::vector<std::string> comma_list(const std::optional<std::string>& text) {
  std::vector<std::string> parts;
  std::string rest = text.value_or("");
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    parts.push_back(rest.substr(0, comma));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  return parts;
}

std::string upper(std::string text) {
  for (char& character : text) character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  return text;
}

/// A filter that is a regular expression, as MySQL searches: anywhere in the text, without regard to case.
std::optional<Response> read_regex(const Request& request, const char* name, std::optional<std::regex>& into) {
  const auto text = request.query_value(name);
  if (!text) return std::nullopt;
  try {
    into = std::regex(*text, std::regex::ECMAScript | std::regex::icase | std::regex::optimize);
  } catch (const std::regex_error&) {
    return nova_error(
        400, fmt::format("Invalid input for query parameters {0}. Value: {1}. '{1}' is not a 'regex'", name, *text));
  }
  return std::nullopt;
}

/// Filters and orders that nova knows and this simulation does not: better no answer than a wrong one. What only an
/// administrator may filter by is not among them: nova does not look at it when a plain user sends it.
void refuse_unsupported(const Request& request) {
  for (const char* name : {"changes-before", "ip6", "uuid", "vm_state", "task_state", "power_state", "reservation_id",
                           "availability_zone", "config_drive", "description", "hostname", "locked", "created_at",
                           "launched_at", "terminated_at", "progress"}) {
    if (request.query.count(name) != 0) {
      throw std::runtime_error(fmt::format("the sandbox does not filter servers by {}", name));
    }
  }
  const bool newest_first = request.query_value("sort_key").value_or("created_at") == "created_at" &&
                            request.query_value("sort_dir").value_or("desc") == "desc";
  if (!newest_first) throw std::runtime_error("the sandbox lists servers newest first only");
}

std::optional<Response> check_query(const NovaCall& call) {
  static const std::set<std::string> known{"limit",
                                           "marker",
                                           "name",
                                           "status",
                                           "tags",
                                           "tags-any",
                                           "not-tags",
                                           "not-tags-any",
                                           "changes-since",
                                           "changes-before",
                                           "flavor",
                                           "image",
                                           "ip",
                                           "ip6",
                                           "sort_key",
                                           "sort_dir",
                                           "all_tenants",
                                           "deleted",
                                           "host",
                                           "key_name",
                                           "uuid",
                                           "vm_state",
                                           "task_state",
                                           "power_state",
                                           "project_id",
                                           "tenant_id",
                                           "user_id",
                                           "reservation_id",
                                           "availability_zone",
                                           "config_drive",
                                           "description",
                                           "hostname",
                                           "locked",
                                           "created_at",
                                           "launched_at",
                                           "terminated_at",
                                           "progress",
                                           "node"};
  if (call.request.query_value("all_tenants").value_or("0") != "0") {
    return nova_error(403, "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.");
  }
  if (call.version < 75) return std::nullopt;
  for (const auto& [name, value] : call.request.query) {
    if (known.count(name) == 0 && name.front() != '_') {
      return nova_error(400, fmt::format("'{}' does not match any of the regexes: '^_'", name));
    }
  }
  return std::nullopt;
}

std::variant<ServerFilter, Response> read_filter(const NovaCall& call) {
  const Request& request = call.request;
  ServerFilter filter;
  filter.project_id = call.project_id;
  filter.reachable_only = call.version < Nova::first_with_down_cells || !request.query.empty();
  if (auto refusal = check_query(call)) return *refusal;
  refuse_unsupported(request);
  if (auto refusal = read_regex(request, "name", filter.name)) return *refusal;
  if (auto refusal = read_regex(request, "ip", filter.ip)) return *refusal;
  const auto [first, last] = request.query.equal_range("status");
  for (auto status = first; status != last; ++status) filter.statuses.insert(upper(status->second));
  filter.flavor_id = request.query_value("flavor");
  filter.image_id = request.query_value("image");
  filter.key_name = request.query_value("key_name");
  if (call.version >= 26) {
    filter.tags = comma_list(request.query_value("tags"));
    filter.tags_any = comma_list(request.query_value("tags-any"));
    filter.not_tags = comma_list(request.query_value("not-tags"));
    filter.not_tags_any = comma_list(request.query_value("not-tags-any"));
  }
  if (const auto since = request.query_value("changes-since")) {
    filter.changes_since = parse_time(*since);
    if (!filter.changes_since) {
      return nova_error(400, fmt::format("Invalid input for query parameters changes-since. Value: {0}. '{0}' is not "
                                         "a 'date-time'",
                                         *since));
    }
  }
  return filter;
}

Response list_servers(const Nova& nova, ServerStore& servers, const NovaCall& call, bool detailed) {
  const auto limit = page_limit(call.request, nova.options().page_maximum);
  if (const auto* refusal = std::get_if<Response>(&limit)) return *refusal;
  const auto filter = read_filter(call);
  if (const auto* refusal = std::get_if<Response>(&filter)) return *refusal;
  const std::string marker = call.request.query_value("marker").value_or("");
  const std::size_t most = std::get<std::size_t>(limit);
  const auto page = servers.list(std::get<ServerFilter>(filter), most, marker);
  if (!page) return nova_error(400, fmt::format("marker [{}] not found", marker));
  json list = json::array();
  for (const Server& server : *page) {
    if (!detailed) {
      list.push_back(brief_server(nova, server));
      continue;
    }
    if (!server.reachable) {
      list.push_back(bare_server(nova, server));
      continue;
    }
    json entry = full_server(nova, server, servers.state(server), servers.now(), call.version);
    entry.erase("fault");  // Nova tells it by id only, as seen on a real one
    list.push_back(std::move(entry));
  }
  json body{{"servers", std::move(list)}};
  if (most > 0 && page->size() == most) body["servers_links"] = nova.next_link(call.request, page->back().id);
  return json_response(200, body);
}

void apply_effect(const std::string& effect, Server& model) {
  if (effect == "error") {
    model.fate = Fate::error;
    model.fault = "Build of instance aborted: Failed to allocate the network(s), not rescheduling.";
  } else if (effect == "stuck") {
    model.fate = Fate::stuck;
  }
}

Response create_servers(Nova& nova, ServerStore& servers, const NovaCall& call, const Neighbours& known) {
  auto read = read_server_order(nova, call, known);
  if (const auto* refusal = std::get_if<Response>(&read)) return *refusal;
  ServerOrder& order = std::get<ServerOrder>(read);
  apply_effect(call.request.effect, order.model);
  order.model.project_id = call.project_id;
  const auto made = servers.create(order.model, order.count);
  if (const auto* refusal = std::get_if<std::string>(&made)) return nova_error(403, *refusal);
  if (order.reservation) {
    return json_response(202, {{"reservation_id", "r-" + nova.world().random.hex(8)}});
  }
  const Server& server = std::get<std::vector<Server>>(made).front();
  json groups = json::array();
  for (const std::string& asked : order.security_groups) groups.push_back({{"name", asked}});
  const json body{{"id", server.id},
                  {"links", nova.links("/servers/" + server.id)},
                  {"OS-DCF:diskConfig", "MANUAL"},
                  {"security_groups", groups},
                  {"adminPass", order.admin_password}};
  Response response = json_response(202, {{"server", body}});
  response.headers.emplace_back("Location", nova.endpoint() + "/servers/" + server.id);
  return response;
}

Response show_server(const Nova& nova, ServerStore& servers, const NovaCall& call) {
  const auto server = servers.find(call.param("id"));
  if (!server) return no_such_server(call.param("id"));
  json body = full_server(nova, *server, servers.state(*server), servers.now(), call.version);
  if (call.version >= 71) body["server_groups"] = json::array();
  return json_response(200, {{"server", body}});
}

Response update_server(const Nova& nova, ServerStore& servers, const NovaCall& call) {
  const auto body = json_object(call.request.body);
  if (!body) return nova_error(400, "Malformed request body");
  if (!body->contains("server")) return nova_error(400, "'server' is a required property");
  const json& wanted = (*body)["server"];
  if (wanted.contains("name")) {
    if (auto refusal = check_server_name(wanted["name"])) return *refusal;
  }
  const bool found = servers.change(call.param("id"), "update", [&](Server& server) {
    if (wanted.contains("name")) server.name = wanted["name"].get<std::string>();
    if (call.version >= 19 && wanted.contains("description")) {
      server.description = wanted["description"].is_string() ? wanted["description"].get<std::string>() : "";
    }
  });
  const auto server = servers.find(call.param("id"));
  if (!found || !server) return no_such_server(call.param("id"));
  return json_response(
      200, {{"server", updated_server(nova, *server, servers.state(*server), servers.now(), call.version)}});
}

/// POST merges, PUT replaces.
Response write_metadata(ServerStore& servers, const NovaCall& call, bool replace) {
  const auto body = json_object(call.request.body);
  if (!body) return nova_error(400, "Malformed request body");
  if (!body->contains("metadata")) return nova_error(400, "'metadata' is a required property");
  if (auto refusal = check_metadata((*body)["metadata"])) return *refusal;
  const auto given = (*body)["metadata"].get<std::map<std::string, std::string>>();
  std::map<std::string, std::string> result;
  bool too_many = false;
  const bool found = servers.change(call.param("id"), "metadata", [&](Server& server) {
    result = replace ? std::map<std::string, std::string>{} : server.metadata;
    for (const auto& [key, value] : given) result[key] = value;
    too_many = result.size() > most_metadata;
    if (!too_many) server.metadata = result;
  });
  if (!found) return no_such_server(call.param("id"));
  if (too_many) return nova_error(403, fmt::format("Maximum number of metadata items exceeds {}", most_metadata));
  return json_response(200, {{"metadata", result}});
}

Response write_metadata_item(ServerStore& servers, const NovaCall& call) {
  const auto body = json_object(call.request.body);
  if (!body) return nova_error(400, "Malformed request body");
  if (!body->contains("meta")) return nova_error(400, "'meta' is a required property");
  const json& meta = (*body)["meta"];
  if (auto refusal = check_metadata(meta)) return *refusal;
  const std::string& key = call.param("key");
  if (!meta.contains(key) || meta.size() != 1) return nova_error(400, "Request body and URI mismatch");
  const bool found = servers.change(call.param("id"), "metadata",
                                    [&](Server& server) { server.metadata[key] = meta[key].get<std::string>(); });
  return found ? json_response(200, {{"meta", meta}}) : no_such_server(call.param("id"));
}

void add_metadata_routes(Nova& nova, ServerStore& servers) {
  const std::string path = "/servers/{id}/metadata";
  nova.route("GET", path, [&servers](const NovaCall& call) {
    const auto server = servers.find(call.param("id"));
    return server ? json_response(200, {{"metadata", server->metadata}}) : no_such_server(call.param("id"));
  });
  nova.route("POST", path, [&servers](const NovaCall& call) { return write_metadata(servers, call, false); });
  nova.route("PUT", path, [&servers](const NovaCall& call) { return write_metadata(servers, call, true); });
  nova.route("GET", path + "/{key}", [&servers](const NovaCall& call) {
    const auto server = servers.find(call.param("id"));
    if (!server) return no_such_server(call.param("id"));
    const auto item = server->metadata.find(call.param("key"));
    if (item == server->metadata.end()) return nova_error(404, "Metadata item was not found");
    return json_response(200, {{"meta", {{item->first, item->second}}}});
  });
  nova.route("PUT", path + "/{key}", [&servers](const NovaCall& call) { return write_metadata_item(servers, call); });
  nova.route("DELETE", path + "/{key}", [&servers](const NovaCall& call) {
    bool erased = false;
    const bool found = servers.change(call.param("id"), "metadata",
                                      [&](Server& server) { erased = server.metadata.erase(call.param("key")) != 0; });
    if (!found) return no_such_server(call.param("id"));
    return erased ? Response{204, {}, ""} : nova_error(404, "Metadata item was not found");
  });
}

/// The tag calls without a body claim to be HTML.
Response tag_response(int status) { return {status, {{"Content-Type", "text/html; charset=UTF-8"}}, ""}; }

Response replace_tags(ServerStore& servers, const NovaCall& call) {
  const auto body = json_object(call.request.body);
  if (!body) return nova_error(400, "Malformed request body");
  if (!body->contains("tags")) return nova_error(400, "'tags' is a required property");
  if (auto refusal = check_tags((*body)["tags"])) return *refusal;
  const auto tags = (*body)["tags"].get<std::set<std::string>>();
  const bool found = servers.change(call.param("id"), "tags", [&](Server& server) { server.tags = tags; });
  return found ? json_response(200, {{"tags", tags}}) : no_such_server(call.param("id"));
}

void add_tag_routes(Nova& nova, ServerStore& servers) {
  const std::string path = "/servers/{id}/tags";
  constexpr int since = 26;
  const auto has_no_tag = [](const char* kind, const NovaCall& call) {
    return nova_error(404, fmt::format("{} {} has no tag '{}'", kind, call.param("id"), call.param("tag")));
  };
  nova.route(
      "GET", path,
      [&servers](const NovaCall& call) {
        const auto server = servers.find(call.param("id"));
        return server ? json_response(200, {{"tags", server->tags}}) : no_such_server(call.param("id"));
      },
      since);
  nova.route(
      "PUT", path, [&servers](const NovaCall& call) { return replace_tags(servers, call); }, since);
  nova.route(
      "DELETE", path,
      [&servers](const NovaCall& call) {
        const bool found = servers.change(call.param("id"), "tags", [](Server& server) { server.tags.clear(); });
        return found ? Response{204, {}, ""} : no_such_server(call.param("id"));
      },
      since);
  nova.route(
      "GET", path + "/{tag}",
      [&servers, has_no_tag](const NovaCall& call) {
        const auto server = servers.find(call.param("id"));
        if (!server) return no_such_server(call.param("id"));
        return server->tags.count(call.param("tag")) != 0 ? Response{204, {}, ""} : has_no_tag("Server", call);
      },
      since);
  nova.route(
      "PUT", path + "/{tag}",
      [&nova, &servers](const NovaCall& call) {
        if (auto refusal = check_tags(json::array({call.param("tag")}))) return *refusal;
        bool added = false;
        const bool found = servers.change(
            call.param("id"), "tags", [&](Server& server) { added = server.tags.insert(call.param("tag")).second; });
        if (!found) return no_such_server(call.param("id"));
        Response response = tag_response(added ? 201 : 204);
        const std::string path_of_tag = fmt::format("/servers/{}/tags/{}", call.param("id"), call.param("tag"));
        if (added) response.headers.emplace_back("Location", nova.endpoint() + path_of_tag);
        return response;
      },
      since);
  nova.route(
      "DELETE", path + "/{tag}",
      [&servers, has_no_tag](const NovaCall& call) {
        bool erased = false;
        const bool found = servers.change(call.param("id"), "tags",
                                          [&](Server& server) { erased = server.tags.erase(call.param("tag")) != 0; });
        if (!found) return no_such_server(call.param("id"));
        return erased ? Response{204, {}, ""} : has_no_tag("Instance", call);
      },
      since);
}

}  // namespace

Response no_such_server(const std::string& id) {
  return nova_error(404, fmt::format("Instance {} could not be found.", id));
}

void add_server_routes(Nova& nova, ServerStore& servers, Neighbours known) {
  nova.route("GET", "/servers", [&](const NovaCall& call) { return list_servers(nova, servers, call, false); });
  nova.route("GET", "/servers/detail", [&](const NovaCall& call) { return list_servers(nova, servers, call, true); });
  nova.route("POST", "/servers", [&, known = std::move(known)](const NovaCall& call) {
    return create_servers(nova, servers, call, known);
  });
  nova.route("GET", "/servers/{id}", [&](const NovaCall& call) { return show_server(nova, servers, call); });
  nova.route("PUT", "/servers/{id}", [&](const NovaCall& call) { return update_server(nova, servers, call); });
  nova.route("DELETE", "/servers/{id}", [&](const NovaCall& call) {
    return servers.remove(call.param("id")) ? Response{204, {}, ""} : no_such_server(call.param("id"));
  });
  add_metadata_routes(nova, servers);
  add_tag_routes(nova, servers);
  add_action_routes(nova, servers);
}

}  // namespace muster::sandbox
