#include "sandbox/nova.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "sandbox/nova_views.h"
#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

constexpr std::size_t largest_nova_body = 114688;

/// The microversion that was asked for, as text; empty for none. The older header counts only without the newer one.
std::string wanted_version(const Request& request) {
  const std::string text = request.header("OpenStack-API-Version");
  const std::string prefix = "compute ";
  if (text.compare(0, prefix.size(), prefix) == 0) return text.substr(prefix.size());
  return text.empty() ? request.header("X-OpenStack-Nova-API-Version") : "";
}

std::optional<std::pair<int, int>> parse_version(const std::string& text) {
  const auto number = [](std::string_view digits) -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
  };
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto major = number(std::string_view(text).substr(0, dot));
  const auto minor = number(std::string_view(text).substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return std::pair(*major, *minor);
}

void echo_version(Response& response, const std::string& version) {
  response.headers.emplace_back("Openstack-Api-Version", "compute " + version);
  response.headers.emplace_back("X-Openstack-Nova-Api-Version", version);
  response.headers.emplace_back("Vary", "X-OpenStack-Nova-API-Version");
}

}  // namespace

Nova::Nova(World& world, const OpenStackOptions& options, const Cloud& cloud, const Keystone& keystone)
    : world_(world),
      options_(options),
      cloud_(cloud),
      keystone_(keystone),
      service_(world,
               {.name = "nova", .requests_per_second = options.requests_per_second, .too_many = front_end_429()}) {
  service_.finish([this](const Request& request, Response& response) {
    if (request.path == "/") return;
    const std::string id = new_request_id(world_.random);
    response.headers.emplace_back("X-Openstack-Request-Id", id);
    response.headers.emplace_back("X-Compute-Request-Id", id);
  });
  service_.fallback([this](const Request& request) { return unknown(request); });
  add_version_routes();
}

void Nova::add_version_routes() {
  const auto version = [this](const json& rest) {
    json body{{"id", "v2.1"},
              {"status", "CURRENT"},
              {"version", fmt::format("2.{}", newest_version)},
              {"min_version", "2.1"},
              {"updated", "2013-07-23T11:33:21Z"},
              {"links", json::array({json{{"rel", "self"}, {"href", service_.url() + "/v2.1/"}}})}};
    body.update(rest);
    return body;
  };
  service_.route("GET", "/", [this, version](const Request&) {
    const json old{{"id", "v2.0"},
                   {"status", "SUPPORTED"},
                   {"version", ""},
                   {"min_version", ""},
                   {"updated", "2011-01-21T11:33:21Z"},
                   {"links", json::array({json{{"rel", "self"}, {"href", service_.url() + "/v2/"}}})}};
    return json_response(200, {{"versions", json::array({old, version(json::object())})}});
  });
  const Handler one = [version](const Request&) {
    const json media{{"base", "application/json"}, {"type", "application/vnd.openstack.compute+json;version=2.1"}};
    Response response = json_response(200, {{"version", version(json{{"media-types", json::array({media})}})}});
    echo_version(response, "2.1");
    return response;
  };
  service_.route("GET", "/v2.1", one);
  service_.route("GET", "/v2.1/", one);
}

void Nova::route(const std::string& method, const std::string& path, NovaHandler handler, int since) {
  const Handler whole = [this, handler = std::move(handler), since](const Request& request) {
    return answer(request, handler, since);
  };
  service_.route(method, "/v2.1/{project}" + path, whole);
  service_.route(method, "/v2.1" + path, whole);
}

Response Nova::unknown(const Request& request) const {
  if (!keystone_.accepts(request.header("X-Auth-Token"))) return unauthorized(keystone_.service().url());
  return webob_error(request, 404, "The resource could not be found.");
}

Response Nova::answer(const Request& request, const NovaHandler& handler, int since) const {
  if (request.body.size() > largest_nova_body) {
    return webob_error(request, 413,
                       fmt::format("Request is too large. Larger than max_request_body_size ({}).", largest_nova_body));
  }
  const auto own_project = keystone_.project_of(request.header("X-Auth-Token"));
  if (!own_project) return unauthorized(keystone_.service().url());
  std::string text = wanted_version(request);
  if (text.empty()) text = "2.1";
  if (text == "latest") text = fmt::format("2.{}", newest_version);
  const auto version = parse_version(text);
  if (!version) {
    return nova_error(400, fmt::format("API Version String {} is of invalid format. Must be of format "
                                       "MajorNum.MinorNum.",
                                       text));
  }
  Response response;
  const auto project = request.params.find("project");
  if (version->first != 2 || version->second < 1 || version->second > newest_version) {
    response = nova_error(406, fmt::format("Version {} is not supported by the API. Minimum is 2.1 and maximum is "
                                           "2.{}.",
                                           text, newest_version));
  } else if (project != request.params.end() && project->second != *own_project) {
    response = nova_error(400, fmt::format("Malformed request URL: URL's project_id '{}' doesn't match Context's "
                                           "project_id '{}'",
                                           project->second, *own_project));
  } else if (version->second < since) {
    response = nova_error(404, "The resource could not be found.");
  } else {
    const NovaCall call{request, version->second, *own_project};
    const auto refused = refusal(call);
    response = refused ? *refused : handler(call);
  }
  if (!response.has_header("Content-Type")) response.headers.emplace_back("Content-Type", "application/json");
  echo_version(response, text);
  return response;
}

std::optional<Response> Nova::refusal(const NovaCall& call) const {
  const auto id = call.request.params.find("id");
  if (id == call.request.params.end() || call.request.path.find("/servers/") == std::string::npos) return std::nullopt;
  const auto server = find_(id->second);
  if (!server) return std::nullopt;
  if (server->project_id != call.project_id) return no_such_server(id->second);
  if (server->reachable) return std::nullopt;
  const bool is_the_server = call.request.method == "GET" && call.request.path.ends_with(id->second);
  if (is_the_server && call.version >= first_with_down_cells)
    return json_response(200, {{"server", bare_server(*this, *server)}});
  return nova_error(500,
                    "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the "
                    "Nova API log if possible.\n<class 'nova.exception.InstanceNotFound'>");
}

std::string Nova::endpoint() const { return endpoint(cloud_.project_id); }

std::string Nova::endpoint(const std::string& project_id) const {
  return fmt::format("{}/v2.1/{}", service_.url(), project_id);
}

json Nova::bookmark(const std::string& path) const {
  return {{"rel", "bookmark"}, {"href", fmt::format("{}/{}{}", service_.url(), cloud_.project_id, path)}};
}

json Nova::links(const std::string& path) const {
  return json::array({json{{"rel", "self"}, {"href", endpoint() + path}}, bookmark(path)});
}

json Nova::next_link(const Request& request, const std::string& last) const {
  const std::string href = fmt::format("{}{}?{}marker={}", service_.url(), request.path,
                                       query_without(request, "marker"), url_encoded(last));
  return json::array({json{{"rel", "next"}, {"href", href}}});
}

std::variant<std::size_t, Response> page_limit(const Request& request, int page_maximum) {
  const auto most = static_cast<std::size_t>(page_maximum);
  const auto text = request.query_value("limit");
  if (!text) return most;
  if (text->find_first_not_of("0123456789") != std::string::npos) {
    return nova_error(400, fmt::format("Invalid input for query parameters limit. Value: {0}. '{0}' does not match "
                                       "'^[0-9]*$'",
                                       *text));
  }
  std::size_t limit = most;
  std::from_chars(text->data(), text->data() + text->size(), limit);
  return std::min(limit, most);
}

Response invalid_field(const std::string& name, const json& value, const std::string& problem) {
  const std::string shown = value.is_string() ? value.get<std::string>() : python_repr(value);
  return nova_error(400, fmt::format("Invalid input for field/attribute {}. Value: {}. {}", name, shown, problem));
}

}  // namespace muster::sandbox
