#include "sandbox/keystone.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sandbox/keystone_schema.h"
#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

constexpr const char* malformed =
    "The server could not comply with the request since it is either malformed or otherwise incorrect. The client is "
    "assumed to be in error.";

const json domain{{"id", "default"}, {"name", "Default"}};

bool is_domain(const json& given) {
  return given.value("id", "") == "default" || same_header(given.value("name", ""), "Default");
}

/// The member `name` of an object, an empty object when it is absent or no object.
const json& part(const json& whole, const char* name) {
  static const json nothing = json::object();
  const auto found = whole.find(name);
  return found != whole.end() && found->is_object() ? *found : nothing;
}

bool has_method(const json& identity, const char* method) {
  const auto methods = identity.find("methods");
  if (methods == identity.end() || !methods->is_array()) return false;
  return std::find(methods->begin(), methods->end(), method) != methods->end();
}

template <typename Element>
void shuffle(std::vector<Element>& elements, Random& random) {
  for (std::size_t i = elements.size(); i > 1; --i) std::swap(elements[i - 1], elements[random.below(i)]);
}

}  // namespace

Keystone::Keystone(World& world, const OpenStackOptions& options, const Cloud& cloud)
    : world_(world),
      options_(options),
      cloud_(cloud),
      service_(world, {.name = "keystone",
                       .close_connections = true,
                       .requests_per_second = options.logins_per_minute / 60,
                       .burst = options.logins_per_minute,
                       .too_many = front_end_429()}),
      member_role_id_(world.random.hex(32)),
      reader_role_id_(world.random.hex(32)) {
  publish("identity", "keystone", service_.url() + "/v3");
  service_.finish([this](const Request&, Response& response) {
    response.headers.emplace_back("Vary", "X-Auth-Token");
    response.headers.emplace_back("x-openstack-request-id", new_request_id(world_.random));
    if (response.status == 401) {
      response.headers.emplace_back("WWW-Authenticate", fmt::format("Keystone uri=\"{}/v3\"", service_.url()));
    }
  });
  service_.fallback([](const Request&) {
    return Response{404,
                    {{"Content-Type", "text/html; charset=utf-8"}},
                    "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The "
                    "requested URL was not found on the server. If you entered the URL manually please check your "
                    "spelling and try again.</p>\n"};
  });
  const Handler versions = [this](const Request&) {
    Response response = json_response(300, {{"versions", {{"values", json::array({version_body()})}}}});
    response.headers.emplace_back("Location", service_.url() + "/v3/");
    return response;
  };
  const Handler version = [this](const Request&) { return json_response(200, {{"version", version_body()}}); };
  service_.route("GET", "/", versions);
  service_.route("GET", "/v3", version);
  service_.route("GET", "/v3/", version);
  add_token_routes();
  add_project_routes();
  add_credential_routes();
}

void Keystone::publish(std::string type, std::string name, std::string url) {
  Published entry{world_.random.hex(32), std::move(type), std::move(name), std::move(url), {}};
  for (const char* interface_name : {"public", "internal", "admin"}) {
    entry.endpoints.push_back({interface_name, world_.random.hex(32)});
  }
  published_.push_back(std::move(entry));
}

void Keystone::add_token_routes() {
  service_.route("POST", "/v3/auth/tokens", [this](const Request& request) { return log_in(request); });
  service_.route("GET", "/v3/auth/tokens", [this](const Request& request) { return validate(request); });
  service_.route("DELETE", "/v3/auth/tokens", [this](const Request& request) { return revoke(request); });
  service_.route("GET", "/v3/auth/catalog", [this](const Request& request) {
    const auto token = find_token(request.header("X-Auth-Token"));
    if (!token) return denied();
    return json_response(
        200, {{"catalog", catalog(token->project_id)}, {"links", {{"self", service_.url() + "/v3/auth/catalog"}}}});
  });
  service_.route("GET", "/v3/auth/projects", [this](const Request& request) {
    return find_token(request.header("X-Auth-Token")) ? list_projects("/v3/auth/projects") : denied();
  });
  const Handler other = [](const Request&) {
    Response response = json_response(405, {{"message", "The method is not allowed for the requested URL."}});
    response.headers.emplace_back("Allow", "DELETE, POST, OPTIONS, GET, HEAD");
    return response;
  };
  for (const char* method : {"PUT", "PATCH"}) service_.route(method, "/v3/auth/tokens", other);
}

Handler Keystone::of_user(std::function<Response(const Request&)> answer) {
  return [this, answer = std::move(answer)](const Request& request) {
    if (!find_token(request.header("X-Auth-Token"))) return denied();
    if (request.params.at("user") != cloud_.user_id) {
      return error(403, "You are not authorized to perform the requested action.");
    }
    return answer(request);
  };
}

/// A plain user may see what it is a member of, and not ask for more.
void Keystone::add_project_routes() {
  const auto forbidden = [this](const char* action) {
    return error(403, fmt::format("You are not authorized to perform the requested action: identity:{}.", action));
  };
  service_.route("GET", "/v3/projects", [this, forbidden](const Request& request) {
    return find_token(request.header("X-Auth-Token")) ? forbidden("list_projects") : denied();
  });
  service_.route("GET", "/v3/projects/{id}", [this, forbidden](const Request& request) {
    if (!find_token(request.header("X-Auth-Token"))) return denied();
    const std::string& id = request.params.at("id");
    if (cloud_.project(id) == nullptr) return forbidden("get_project");
    return json_response(200, {{"project", project_body(id)}});
  });
  service_.route("GET", "/v3/users/{user}/projects", of_user([this](const Request&) {
                   return list_projects(fmt::format("/v3/users/{}/projects", cloud_.user_id));
                 }));
}

json Keystone::project_body(const std::string& id) const {
  const std::string self = fmt::format("{}/v3/projects/{}", service_.url(), id);
  return {{"id", id},
          {"name", *cloud_.project(id)},
          {"domain_id", "default"},
          {"description", ""},
          {"enabled", true},
          {"parent_id", "default"},
          {"is_domain", false},
          {"tags", json::array()},
          {"options", json::object()},
          {"links", {{"self", self}}}};
}

Response Keystone::list_projects(const std::string& path) const {
  const json links{{"next", nullptr}, {"self", service_.url() + path}, {"previous", nullptr}};
  const json projects{project_body(cloud_.project_id), project_body(cloud_.other_project_id)};
  return json_response(200, {{"projects", projects}, {"links", links}});
}

void Keystone::add_credential_routes() {
  const std::string list = "/v3/users/{user}/application_credentials";
  service_.route("POST", list, of_user([this](const Request& request) { return create_credential(request); }));
  service_.route("GET", list, of_user([this](const Request&) {
                   json all = json::array();
                   const std::lock_guard lock(mutex_);
                   for (const auto& [id, credential] : credentials_) all.push_back(credential_body(credential));
                   const std::string self =
                       fmt::format("{}/v3/users/{}/application_credentials", service_.url(), cloud_.user_id);
                   return json_response(200, {{"application_credentials", all},
                                              {"links", {{"next", nullptr}, {"self", self}, {"previous", nullptr}}}});
                 }));
  const auto not_found = [this](const std::string& id) {
    return error(404, fmt::format("Could not find Application Credential: {}.", id));
  };
  service_.route("GET", list + "/{id}", of_user([this, not_found](const Request& request) {
                   const std::string& id = request.params.at("id");
                   const std::lock_guard lock(mutex_);
                   const auto found = credentials_.find(id);
                   if (found == credentials_.end()) return not_found(id);
                   return json_response(200, {{"application_credential", credential_body(found->second)}});
                 }));
  service_.route("DELETE", list + "/{id}", of_user([this, not_found](const Request& request) {
                   const std::string& id = request.params.at("id");
                   const std::lock_guard lock(mutex_);
                   if (credentials_.erase(id) == 0) return not_found(id);
                   return Response{204, {}, ""};
                 }));
}

Response Keystone::error(int status, const std::string& message) const {
  return json_response(status, {{"error", {{"code", status}, {"message", message}, {"title", reason_phrase(status)}}}});
}

json Keystone::version_body() const {
  return {{"id", "v3.14"},
          {"status", "stable"},
          {"updated", "2020-04-07T00:00:00Z"},
          {"links", json::array({json{{"rel", "self"}, {"href", service_.url() + "/v3/"}}})},
          {"media-types",
           json::array({json{{"base", "application/json"}, {"type", "application/vnd.openstack.identity-v3+json"}}})}};
}

Response Keystone::log_in(const Request& request) {
  const auto body = json_object(request.body);
  if (!body) return error(400, fmt::format("Expecting to find valid JSON in request body. {}", malformed));
  if (!body->contains("auth")) return error(400, fmt::format("Expecting to find auth in request body. {}", malformed));
  const json& auth = part(*body, "auth");
  if (!auth.contains("identity")) return error(400, "'identity' is a required property");
  const json& identity = part(auth, "identity");
  if (const auto problem = problem_of_login(auth)) return error(400, *problem);
  Token token;
  token.project_id = cloud_.project_id;
  token.issued = world_.clock();
  token.expires = token.issued + options_.token_ttl;
  token.audit_ids = {world_.random.hex(22)};
  if (has_method(identity, "password")) {
    const json& user = part(part(identity, "password"), "user");
    if (!user.contains("id") && user.contains("name") && !user.contains("domain")) {
      return error(400, fmt::format("Expecting to find domain in user. {}", malformed));
    }
    if (!password_fits(user)) return denied();
    token.methods = {"password"};
  } else if (has_method(identity, "application_credential")) {
    auto found = check_credential(part(identity, "application_credential"));
    if (const auto* refusal = std::get_if<Response>(&found)) return *refusal;
    token.project_id = std::get<std::string>(found);
    token.methods = {"application_credential"};
  } else if (has_method(identity, "token")) {
    const auto old = find_token(part(identity, "token").value("id", ""));
    if (!old) return error(404, "Could not recognize Fernet token");
    token.methods = old->methods;
    token.methods.emplace_back("token");
    token.audit_ids.push_back(old->audit_ids.back());
    token.expires = old->expires;
    if (!old->project_id.empty()) token.project_id = old->project_id;
  } else {
    const json methods{"external", "password", "token", "oauth1", "mapped", "application_credential"};
    return json_response(401, {{"error",
                                {{"code", 401},
                                 {"identity", {{"methods", methods}}},
                                 {"message", "Attempted to authenticate with an unsupported method."},
                                 {"title", "Unauthorized"}}}});
  }
  if (auth.contains("scope") && auth["scope"].is_string()) {
    if (auth["scope"] == "unscoped") token.project_id.clear();
  } else if (auth.contains("scope")) {
    token.project_id = project_in(auth["scope"]);
    if (token.project_id.empty()) return denied();
  }
  return issue(std::move(token));
}

bool Keystone::password_fits(const json& user) const {
  const bool known = user.contains("id")
                         ? user["id"] == cloud_.user_id
                         : user.value("name", "") == cloud_.user_name && is_domain(part(user, "domain"));
  return known && user.value("password", "") == cloud_.password;
}

std::string Keystone::project_in(const json& scope) const {
  const json& project = part(scope, "project");
  for (const std::string* id : {&cloud_.project_id, &cloud_.other_project_id}) {
    const bool named = project.value("name", "") == *cloud_.project(*id) && is_domain(part(project, "domain"));
    if (project.contains("id") ? project["id"] == *id : named) return *id;
  }
  return {};
}

std::variant<std::string, Response> Keystone::check_credential(const json& given) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, credential] : credentials_) {
    const json& user = part(given, "user");
    const bool by_name = given.value("name", "") == credential.name &&
                         (user.value("id", "") == cloud_.user_id || user.value("name", "") == cloud_.user_name);
    if (given.value("id", "") != id && !by_name) continue;
    if (given.value("secret", "") == credential.secret) return credential.project_id;
    return denied();
  }
  return error(404,
               fmt::format("Could not find Application Credential: {}.", given.value("id", given.value("name", ""))));
}

Response Keystone::issue(Token token) {
  const std::string value = "gAAAAAB" + world_.random.hex(176);
  Response response = json_response(201, {{"token", token_body(token, true)}});
  response.headers.emplace_back("X-Subject-Token", value);
  const std::lock_guard lock(mutex_);
  tokens_.emplace(value, std::move(token));
  return response;
}

std::optional<Keystone::Token> Keystone::find_token(const std::string& value) const {
  const Time now = world_.clock();
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(value);
  if (found == tokens_.end() || found->second.expires <= now) return std::nullopt;
  return found->second;
}

std::optional<std::string> Keystone::project_of(const std::string& token) const {
  const auto found = find_token(token);
  if (!found || found->project_id.empty()) return std::nullopt;
  return found->project_id;
}

Response Keystone::validate(const Request& request) {
  if (!find_token(request.header("X-Auth-Token"))) return denied();
  const std::string subject = request.header("X-Subject-Token");
  if (subject.empty()) {
    return error(403, "You are not authorized to perform the requested action: identity:validate_token.");
  }
  const auto token = find_token(subject);
  if (!token) return error(404, "Could not recognize Fernet token");
  Response response = json_response(200, {{"token", token_body(*token, request.query.count("nocatalog") == 0)}});
  response.headers.emplace_back("X-Subject-Token", subject);
  return response;
}

Response Keystone::revoke(const Request& request) {
  if (!find_token(request.header("X-Auth-Token"))) return denied();
  const std::lock_guard lock(mutex_);
  if (tokens_.erase(request.header("X-Subject-Token")) == 0) return error(404, "Could not recognize Fernet token");
  return {204, {}, ""};
}

json Keystone::token_body(const Token& token, bool with_catalog) {
  json body{
      {"methods", token.methods},
      {"user",
       {{"domain", domain}, {"id", cloud_.user_id}, {"name", cloud_.user_name}, {"password_expires_at", nullptr}}},
      {"audit_ids", token.audit_ids},
      {"expires_at", microsecond_time(token.expires) + "Z"},
      {"issued_at", microsecond_time(token.issued) + "Z"}};
  if (token.project_id.empty()) return body;
  body["project"] = {{"domain", domain}, {"id", token.project_id}, {"name", *cloud_.project(token.project_id)}};
  body["is_domain"] = false;
  body["roles"] = roles();
  if (with_catalog) body["catalog"] = catalog(token.project_id);
  return body;
}

json Keystone::roles() const {
  return json::array(
      {json{{"id", member_role_id_}, {"name", "member"}}, json{{"id", reader_role_id_}, {"name", "reader"}}});
}

json Keystone::catalog(const std::string& project_id) {
  std::vector<Published> services = published_;
  shuffle(services, world_.random);
  json all = json::array();
  for (Published& entry : services) {
    shuffle(entry.endpoints, world_.random);
    std::string url = entry.url;
    constexpr std::string_view own = "%(project_id)s";
    if (const std::size_t at = url.find(own); at != std::string::npos) url.replace(at, own.size(), project_id);
    json endpoints = json::array();
    for (const Endpoint& endpoint : entry.endpoints) {
      endpoints.push_back({{"id", endpoint.id},
                           {"interface", endpoint.interface_name},
                           {"region_id", cloud_.region},
                           {"url", url},
                           {"region", cloud_.region}});
    }
    all.push_back({{"endpoints", endpoints}, {"id", entry.id}, {"type", entry.type}, {"name", entry.name}});
  }
  return all;
}

Response Keystone::create_credential(const Request& request) {
  const auto body = json_object(request.body);
  const json whole = body.value_or(json::object());
  const json& given = part(whole, "application_credential");
  if (const auto problem = problem_of_credential(given)) return error(400, *problem);
  const auto text = [&given](const char* name) {
    return given.contains(name) && !given[name].is_null() ? given[name].get<std::string>() : std::string();
  };
  const std::string project = project_of(request.header("X-Auth-Token")).value_or(cloud_.project_id);
  Credential credential{world_.random.hex(32), text("name"), world_.random.hex(86), text("description"), project};
  if (const std::string secret = text("secret"); !secret.empty()) credential.secret = secret;
  json answer = credential_body(credential);
  answer["secret"] = credential.secret;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, existing] : credentials_) {
    if (existing.name == credential.name) {
      return error(409, fmt::format("Conflict occurred attempting to store application_credential - Duplicate entry "
                                    "found with name {}.",
                                    credential.name));
    }
  }
  credentials_.emplace(credential.id, credential);
  return json_response(201, {{"application_credential", answer}});
}

json Keystone::credential_body(const Credential& credential) const {
  json full_roles = roles();
  for (json& role : full_roles) {
    role.update(json{{"domain_id", nullptr}, {"description", nullptr}, {"options", {{"immutable", true}}}});
  }
  return {{"id", credential.id},
          {"name", credential.name},
          {"description", credential.description.empty() ? json(nullptr) : json(credential.description)},
          {"user_id", cloud_.user_id},
          {"project_id", credential.project_id},
          {"system", nullptr},
          {"expires_at", nullptr},
          {"unrestricted", nullptr},
          {"roles", full_roles},
          {"links", {{"self", fmt::format("{}/v3/application_credentials/{}", service_.url(), credential.id)}}}};
}

}  // namespace muster::sandbox
