#include "sandbox/glance.h"

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

constexpr std::size_t default_page = 25;

/// in:"a b",c is one of several values; anything else is itself.
bool value_fits(const std::string& value, const std::string& wanted) {
  if (wanted.compare(0, 3, "in:") != 0) return value == wanted;
  std::string rest = wanted.substr(3);
  while (!rest.empty()) {
    const bool quoted = rest.front() == '"';
    const std::size_t end = std::min(quoted ? rest.find('"', 1) : rest.find(','), rest.size());
    if (rest.substr(quoted ? 1 : 0, end - (quoted ? 1 : 0)) == value) return true;
    const std::size_t comma = rest.find(',', end);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  return false;
}

std::string versions_text(const std::string& url) {
  json versions = json::array();
  for (const char* number : {"15", "13", "12", "11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"}) {
    const json link{{"rel", "self"}, {"href", url + "/v2/"}};
    versions.push_back({{"id", fmt::format("v2.{}", number)},
                        {"status", versions.empty() ? "CURRENT" : "SUPPORTED"},
                        {"links", json::array({link})}});
  }
  return json{{"versions", versions}}.dump();
}

std::string listed_path(const Request& request, const std::string& marker) {
  std::string query = query_without(request, "marker");
  if (!marker.empty()) {
    query += "marker=" + marker;
  } else if (!query.empty()) {
    query.pop_back();
  }
  return query.empty() ? "/v2/images" : "/v2/images?" + query;
}

}  // namespace

Glance::Glance(World& world, const OpenStackOptions& options, const Cloud& cloud, const Keystone& keystone)
    : options_(options),
      cloud_(cloud),
      keystone_(keystone),
      service_(world,
               {.name = "glance", .requests_per_second = options.requests_per_second, .too_many = front_end_429()}) {
  service_.finish([&world](const Request& request, Response& response) {
    if (response.status == 401 || request.path == "/" || request.path == "/versions") return;
    response.headers.emplace_back("X-Openstack-Request-Id", new_request_id(world.random));
  });
  const auto versions = [this](int status) {
    return [this, status](const Request&) {
      return Response{status, {{"Content-Type", "application/json"}}, versions_text(service_.url())};
    };
  };
  service_.route("GET", "/", versions(300));
  service_.route("GET", "/versions", versions(200));
  const auto guard = [this](Handler handler) {
    return [this, handler = std::move(handler)](const Request& request) { return guarded(request, handler); };
  };
  service_.route("GET", "/v2/images", guard([this](const Request& request) { return list(request); }));
  service_.route("GET", "/v2/images/{id}", guard([this](const Request& request) { return show(request); }));
  service_.route("DELETE", "/v2/images/{id}", guard([this](const Request& request) {
                   const std::string& id = request.params.at("id");
                   if (cloud_.image(id) != nullptr) return webob_error(request, 403, "You do not own this image");
                   return webob_error(request, 404, fmt::format("Failed to find image {} to delete", id));
                 }));
  service_.route("POST", "/v2/images", guard([](const Request& request) {
                   return webob_error(request, 403, "You are not authorized to complete add_image action.");
                 }));
  for (const char* method : {"PUT", "PATCH", "DELETE"}) {
    service_.route(method, "/v2/images", guard([](const Request& request) {
                     Response response = webob_error(
                         request, 405, fmt::format("The method {} is not allowed for this resource. ", request.method));
                     response.headers.emplace_back("Allow", "GET, POST");
                     return response;
                   }));
  }
  service_.fallback(
      guard([](const Request& request) { return webob_error(request, 404, "The resource could not be found."); }));
}

Response Glance::guarded(const Request& request, const Handler& handler) const {
  if (keystone_.accepts(request.header("X-Auth-Token"))) return handler(request);
  Response response = webob_error(request, 401,
                                  "This server could not verify that you are authorized to access the document you "
                                  "requested. Either you supplied the wrong credentials (e.g., bad password), or your "
                                  "browser does not understand how to supply the credentials required.");
  response.headers.emplace_back("Www-Authenticate", fmt::format("Keystone uri=\"{}/\"", keystone_.service().url()));
  return response;
}

json Glance::view(const Image& image) const {
  const std::string path = "/v2/images/" + image.id;
  json body{{"name", image.name},
            {"disk_format", "raw"},
            {"container_format", "bare"},
            {"visibility", "public"},
            {"size", 65536},
            {"virtual_size", 65536},
            {"status", "active"},
            {"protected", false},
            {"min_ram", 0},
            {"min_disk", image.min_disk_gb},
            {"owner", cloud_.owner_project_id},
            {"os_hidden", false},
            {"checksum", "fcd6bcb56c1689fcef28b57c22475bad"},
            {"os_hash_algo", "sha512"},
            {"os_hash_value", image.content_sha512},
            {"id", image.id},
            {"created_at", second_time(image.created)},
            {"updated_at", second_time(image.created)},
            {"tags", json::array()},
            {"self", path},
            {"file", path + "/file"},
            {"schema", "/v2/schemas/image"},
            {"stores", "sandbox"}};
  for (const auto& [name, value] : image.properties) body[name] = value;
  return body;
}

bool Glance::fits(const Image& image, const Request& request) const {
  static const std::set<std::string> no_filter{"limit", "marker", "sort_key", "sort_dir", "sort", "member_status"};
  const json body = view(image);
  for (const auto& [name, wanted] : request.query) {
    if (no_filter.count(name) != 0) continue;
    if (name == "tag") return false;
    const auto found = body.find(name);
    if (found == body.end()) return false;
    if (!value_fits(found->is_string() ? found->get<std::string>() : found->dump(), wanted)) return false;
  }
  return true;
}

Response Glance::list(const Request& request) const {
  static const std::set<std::string> sort_keys{"name", "status", "container_format", "disk_format",
                                               "size", "id",     "created_at",       "updated_at"};
  const auto [first_key, last_key] = request.query.equal_range("sort_key");
  for (auto key = first_key; key != last_key; ++key) {
    if (sort_keys.count(key->second) == 0) {
      return webob_error(request, 400,
                         fmt::format("Invalid sort key: {}. It must be one of the following: name, "
                                     "status, container_format, disk_format, size, id, created_at, "
                                     "updated_at.",
                                     key->second));
    }
    if (key->second != "created_at") throw std::runtime_error("the sandbox does not sort images by " + key->second);
  }
  if (request.query_value("sort_dir").value_or("desc") != "desc" || request.query.count("sort") != 0) {
    throw std::runtime_error("the sandbox lists images newest first only");
  }
  std::size_t limit = default_page;
  if (const auto text = request.query_value("limit")) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size()) {
      return webob_error(request, 400, "limit param must be an integer");
    }
    if (value < 0) return webob_error(request, 400, "limit param must be positive");
    limit = static_cast<std::size_t>(value);
  }
  limit = std::min(limit, static_cast<std::size_t>(options_.page_maximum));
  auto image = cloud_.images.begin();
  if (const auto marker = request.query_value("marker")) {
    const Image* found = cloud_.image(*marker);
    if (found == nullptr) return webob_error(request, 400, fmt::format("No image found with ID {}", *marker));
    image += found - cloud_.images.data() + 1;
  }
  json images = json::array();
  for (; image != cloud_.images.end() && images.size() < limit; ++image) {
    if (fits(*image, request)) images.push_back(view(*image));
  }
  json body{{"images", images}, {"first", listed_path(request, "")}, {"schema", "/v2/schemas/images"}};
  if (limit > 0 && images.size() == limit) body["next"] = listed_path(request, images.back()["id"]);
  return json_response(200, body);
}

Response Glance::show(const Request& request) const {
  const std::string& id = request.params.at("id");
  const Image* image = cloud_.image(id);
  if (image == nullptr) return webob_error(request, 404, fmt::format("No image found with ID {}", id));
  return json_response(200, view(*image));
}

}  // namespace muster::sandbox
