#include "sandbox/neutron.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

const std::set<std::string>& paging_words() {
  static const std::set<std::string> words{"limit", "marker", "page_reverse", "fields", "sort_key", "sort_dir"};
  return words;
}

std::string as_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  return value.dump();
}

std::string lower(std::string text) {
  for (char& character : text) character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  return text;
}

bool value_fits(const json& value, const std::string& wanted) {
  if (!value.is_boolean()) return as_text(value) == wanted;
  const std::string given = lower(wanted);
  return value.get<bool>() == (given == "true" || given == "1");
}

/// All values of one name are alternatives, different names must all fit.
bool fits(const json& thing, const Request& request) {
  for (auto name = request.query.begin(); name != request.query.end(); name = request.query.upper_bound(name->first)) {
    if (paging_words().count(name->first) != 0) continue;
    const auto value = thing.find(name->first);
    if (value == thing.end()) return false;
    const auto [first, last] = request.query.equal_range(name->first);
    if (std::none_of(first, last, [&](const auto& wanted) { return value_fits(*value, wanted.second); })) return false;
  }
  return true;
}

json with_fields(const json& thing, const Request& request) {
  const auto [first, last] = request.query.equal_range("fields");
  if (first == last) return thing;
  json picked = json::object();
  for (auto field = first; field != last; ++field) {
    if (thing.contains(field->second)) picked[field->second] = thing[field->second];
  }
  return picked;
}

/// Neutron takes /networks.json for /networks.
std::string without_suffix(const std::string& name) {
  const std::string suffix = ".json";
  const bool has = name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
  return has ? name.substr(0, name.size() - suffix.size()) : name;
}

json group_ids(const Server& server) {
  json ids = json::array();
  for (const GroupReference& group : server.security_groups) ids.push_back(group.id);
  return ids;
}

std::string formatted(const std::string& pattern, const std::string& id) {
  return fmt::format(fmt::runtime(pattern), id);
}

}  // namespace

Neutron::Neutron(World& world, const OpenStackOptions& options, const Cloud& cloud, const Keystone& keystone,
                 ServerStore& servers)
    : cloud_(cloud),
      keystone_(keystone),
      servers_(servers),
      quota_ports_(options.quota_ports),
      groups_(world, cloud),
      service_(world,
               {.name = "neutron", .requests_per_second = options.requests_per_second, .too_many = front_end_429()}) {
  service_.finish([&world](const Request& request, Response& response) {
    if (request.path != "/") response.headers.emplace_back("X-Openstack-Request-Id", new_request_id(world.random));
  });
  service_.route("GET", "/", [this](const Request&) {
    const json link{{"rel", "self"}, {"href", service_.url() + "/v2.0/"}};
    const json version{{"id", "v2.0"}, {"status", "CURRENT"}, {"links", json::array({link})}};
    return json_response(200, {{"versions", json::array({version})}});
  });
  service_.fallback([this](const Request& request) {
    if (!keystone_.accepts(request.header("X-Auth-Token"))) return unauthorized(keystone_.service().url());
    return neutron_error(404, "HTTPNotFound", "The resource could not be found.");
  });
  add_collection({"networks", "network", "Network {} could not be found.", "NetworkNotFound",
                  [this](const Request&) { return std::vector<json>{network()}; }});
  add_collection({"subnets", "subnet", "Subnet {} could not be found.", "SubnetNotFound", [this](const Request&) {
                    return std::vector<json>{subnet(4), subnet(6)};
                  }});
  add_collection({"ports", "port", "Port {} could not be found.", "PortNotFound", [this](const Request& request) {
                    std::vector<json> ports;
                    for (const Server& server : servers_.with_ports(request.query_value("device_id").value_or(""))) {
                      ports.push_back(port(server));
                    }
                    return ports;
                  }});
  add_collection({"security-groups", "security_group", "Security group {} does not exist", "SecurityGroupNotFound",
                  [this](const Request&) { return groups_.groups(); }});
  add_collection({"security-group-rules", "security_group_rule", "Security group rule {} does not exist",
                  "SecurityGroupRuleNotFound", [this](const Request&) { return groups_.rules(); }});
  route("GET", "agents", [](const Request&) { return json_response(200, {{"agents", json::array()}}); });
  add_group_routes();
  add_quota_routes();
  add_refusals();
}

void Neutron::route(const std::string& method, const std::string& path, Handler handler) {
  const Handler guarded = [this, handler = std::move(handler)](const Request& request) {
    if (!keystone_.accepts(request.header("X-Auth-Token"))) return unauthorized(keystone_.service().url());
    return handler(request);
  };
  service_.route(method, "/v2.0/" + path, guarded);
  if (path.back() != '}') service_.route(method, "/v2.0/" + path + ".json", guarded);
}

void Neutron::add_collection(Collection collection) {
  const auto shared = std::make_shared<const Collection>(std::move(collection));
  route("GET", shared->name, [this, shared](const Request& request) { return list(*shared, request); });
  route("GET", shared->name + "/{id}", [this, shared](const Request& request) { return show(*shared, request); });
}

Response Neutron::list(const Collection& collection, const Request& request) const {
  std::string key = collection.name;
  std::replace(key.begin(), key.end(), '-', '_');
  for (const char* word : {"sort_key", "sort_dir", "page_reverse"}) {
    if (request.query.count(word) != 0) throw std::runtime_error(fmt::format("the sandbox does not know {}", word));
  }
  std::vector<json> all = collection.all(request);
  std::sort(all.begin(), all.end(), [](const json& left, const json& right) { return left["id"] < right["id"]; });
  std::size_t limit = 0;
  if (const auto text = request.query_value("limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || end != text->data() + text->size()) {
      return neutron_error(
          400, "BadRequest",
          fmt::format("Bad limit request: Limit must be an integer 0 or greater and not '{}'.", *text));
    }
  }
  for (const auto& [name, value] : request.query) {
    if (paging_words().count(name) == 0 && !all.empty() && !all.front().contains(name)) {
      return neutron_error(400, "HTTPBadRequest", fmt::format("['{}'] is invalid attribute for filtering", name));
    }
  }
  const std::string marker = request.query_value("marker").value_or("");
  const bool known = std::any_of(all.begin(), all.end(), [&](const json& thing) { return thing["id"] == marker; });
  if (!marker.empty() && !known) return neutron_error(404, collection.fault, formatted(collection.missing, marker));
  json page = json::array();
  json body;
  std::string first;
  std::string last;
  for (const json& thing : all) {
    if (!fits(thing, request) || (!marker.empty() && thing["id"] <= marker)) continue;
    if (limit > 0 && page.size() == limit) break;
    page.push_back(with_fields(thing, request));
    last = thing["id"];
    if (first.empty()) first = last;
  }
  if (limit > 0 && !page.empty()) {
    const std::string base =
        fmt::format("{}{}?{}marker=", service_.url(), request.path, query_without(request, "marker"));
    json links = json::array();
    if (page.size() == limit) links.push_back({{"rel", "next"}, {"href", base + last}});
    links.push_back({{"rel", "previous"}, {"href", base + first + "&page_reverse=True"}});
    body[key + "_links"] = links;
  }
  body[key] = page;
  return json_response(200, body);
}

Response Neutron::show(const Collection& collection, const Request& request) const {
  const std::string id = without_suffix(request.params.at("id"));
  for (const json& thing : collection.all(Request{})) {
    if (thing["id"] == id) return json_response(200, {{collection.element, with_fields(thing, request)}});
  }
  return neutron_error(404, collection.fault, formatted(collection.missing, id));
}

void Neutron::add_group_routes() {
  route("POST", "security-groups", [this](const Request& request) { return groups_.create_group(request); });
  route("PUT", "security-groups/{id}", [this](const Request& request) { return groups_.update_group(request); });
  route("DELETE", "security-groups/{id}", [this](const Request& request) {
    return groups_.remove_group(request, [this](const std::string& id) { return has_port_with_group(id); });
  });
  route("POST", "security-group-rules", [this](const Request& request) { return groups_.create_rule(request); });
  route("DELETE", "security-group-rules/{id}", [this](const Request& request) { return groups_.remove_rule(request); });
}

json Neutron::quota(bool detailed) const {
  json body;
  const std::map<std::string, std::pair<std::int64_t, std::size_t>> quotas{
      {"network", {-1, 0}},
      {"subnet", {-1, 0}},
      {"subnetpool", {-1, 0}},
      {"port", {quota_ports_, detailed ? servers_.with_ports("").size() : 0}},
      {"rbac_policy", {10, 0}},
      {"security_group", {-1, groups_.groups().size()}},
      {"security_group_rule", {-1, groups_.rules().size()}}};
  for (const auto& [name, quota] : quotas) {
    body[name] = detailed ? json{{"limit", quota.first}, {"used", quota.second}, {"reserved", 0}} : json(quota.first);
  }
  return body;
}

void Neutron::add_quota_routes() {
  const auto refusal = [] {
    return neutron_error(403, "PolicyNotAuthorized", "rule:get_quota is disallowed by policy");
  };
  const auto of_project = [this, refusal](bool detailed) {
    return [this, refusal, detailed](const Request& request) {
      if (cloud_.project(without_suffix(request.params.at("id"))) == nullptr) return refusal();
      return json_response(200, {{"quota", quota(detailed)}});
    };
  };
  route("GET", "quotas", [refusal](const Request&) { return refusal(); });
  route("GET", "quotas/{id}", of_project(false));
  route("GET", "quotas/{id}/default", of_project(false));
  route("GET", "quotas/{id}/details", of_project(true));
}

void Neutron::add_refusals() {
  const auto refuse = [this](const std::string& method, const std::string& path, const std::string& rule) {
    route(method, path, [rule](const Request&) {
      return neutron_error(403, "PolicyNotAuthorized", fmt::format("rule:{} is disallowed by policy", rule));
    });
  };
  refuse("PUT", "networks/{id}", "update_network");
  refuse("DELETE", "networks/{id}", "delete_network");
  refuse("POST", "networks", "create_network");
  refuse("POST", "subnets", "create_subnet");
  refuse("POST", "ports", "create_port");
}

json Neutron::network() const {
  return {{"id", cloud_.network_id},
          {"name", cloud_.network_name},
          {"tenant_id", cloud_.owner_project_id},
          {"project_id", cloud_.owner_project_id},
          {"admin_state_up", true},
          {"mtu", 1500},
          {"status", "ACTIVE"},
          {"subnets", json::array({cloud_.subnet_v4_id, cloud_.subnet_v6_id})},
          {"shared", true},
          {"availability_zone_hints", json::array()},
          {"availability_zones", json::array()},
          {"ipv4_address_scope", nullptr},
          {"ipv6_address_scope", nullptr},
          {"router:external", true},
          {"description", ""},
          {"port_security_enabled", true},
          {"tags", json::array()},
          {"created_at", second_time(cloud_.founded)},
          {"updated_at", second_time(cloud_.founded)},
          {"revision_number", 3}};
}

json Neutron::subnet(int ip_version) const {
  const bool v4 = ip_version == 4;
  const json pool = v4 ? json{{"start", "198.18.0.2"}, {"end", "198.19.255.254"}}
                       : json{{"start", "2001:db8::1"}, {"end", "2001:db8:0:ff:ffff:ffff:ffff:ffff"}};
  return {{"id", v4 ? cloud_.subnet_v4_id : cloud_.subnet_v6_id},
          {"name", fmt::format("Ext-Subnet-v{}", ip_version)},
          {"tenant_id", cloud_.owner_project_id},
          {"project_id", cloud_.owner_project_id},
          {"network_id", cloud_.network_id},
          {"ip_version", ip_version},
          {"subnetpool_id", nullptr},
          {"enable_dhcp", false},
          {"ipv6_ra_mode", nullptr},
          {"ipv6_address_mode", nullptr},
          {"gateway_ip", v4 ? "198.18.0.1" : "2001:db8::"},
          {"cidr", v4 ? "198.18.0.0/15" : "2001:db8::/56"},
          {"allocation_pools", json::array({pool})},
          {"host_routes", json::array()},
          {"dns_nameservers", json::array()},
          {"description", ""},
          {"service_types", json::array()},
          {"tags", json::array()},
          {"created_at", second_time(cloud_.founded)},
          {"updated_at", second_time(cloud_.founded)},
          {"revision_number", 0}};
}

bool Neutron::has_port_with_group(const std::string& group_id) const {
  const std::vector<Server> servers = servers_.with_ports("");
  return std::any_of(servers.begin(), servers.end(), [&](const Server& server) {
    const auto& groups = server.security_groups;
    return std::any_of(groups.begin(), groups.end(), [&](const auto& group) { return group.id == group_id; });
  });
}

json Neutron::port(const Server& server) const {
  const json v4{{"subnet_id", cloud_.subnet_v4_id}, {"ip_address", server.v4}};
  const json v6{{"subnet_id", cloud_.subnet_v6_id}, {"ip_address", server.v6}};
  return {{"id", server.port_id},
          {"name", ""},
          {"network_id", cloud_.network_id},
          {"tenant_id", server.project_id},
          {"project_id", server.project_id},
          {"mac_address", server.mac},
          {"admin_state_up", true},
          {"status", servers_.state(server).built() ? "ACTIVE" : "DOWN"},
          {"device_id", server.id},
          {"device_owner", "compute:nova"},
          {"fixed_ips", json::array({v4, v6})},
          {"allowed_address_pairs", json::array()},
          {"extra_dhcp_opts", json::array()},
          {"security_groups", group_ids(server)},
          {"description", ""},
          {"binding:vnic_type", "normal"},
          {"port_security_enabled", true},
          {"tags", json::array()},
          {"created_at", second_time(server.created)},
          {"updated_at", second_time(server.ready_at)},
          {"revision_number", 3}};
}

}  // namespace muster::sandbox
