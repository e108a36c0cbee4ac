#include "resources/openstack/identity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "resources/contract/error.h"
#include "resources/net/json_body.h"
#include "resources/net/trace.h"
#include "resources/openstack/answer_error.h"
#include "resources/openstack/json_access.h"
#include "resources/openstack/times.h"

namespace muster::openstack {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// The domain by id or name; every Keystone has one whose id is "default".
json domain_json(const std::string& name, const std::string& id) {
  if (!id.empty()) return {{"id", id}};
  if (!name.empty()) return {{"name", name}};
  return {{"id", "default"}};
}

json user_json(const Credentials& login) {
  if (!login.user_id.empty()) return {{"id", login.user_id}};
  return {{"name", login.username}, {"domain", domain_json(login.user_domain_name, login.user_domain_id)}};
}

json identity_json(const Credentials& login) {
  switch (login.method) {
    case LoginMethod::password: {
      json user = user_json(login);
      user["password"] = login.password;
      return {{"methods", {"password"}}, {"password", {{"user", user}}}};
    }
    case LoginMethod::application_credential: {
      json credential{{"secret", login.application_credential_secret}};
      if (login.application_credential_id.empty()) {
        credential["name"] = login.application_credential_name;
        credential["user"] = user_json(login);
      } else {
        credential["id"] = login.application_credential_id;
      }
      return {{"methods", {"application_credential"}}, {"application_credential", credential}};
    }
    case LoginMethod::token:
      return {{"methods", {"token"}}, {"token", {{"id", login.token}}}};
  }
  return {};
}

std::string login_body(const Credentials& login) {
  json auth{{"identity", identity_json(login)}};
  // An application credential is bound to its project; Keystone refuses one that names a scope as well.
  if (login.method != LoginMethod::application_credential) {
    if (!login.project_id.empty()) {
      auth["scope"]["project"] = {{"id", login.project_id}};
    } else if (!login.project_name.empty()) {
      auth["scope"]["project"] = {{"name", login.project_name},
                                  {"domain", domain_json(login.project_domain_name, login.project_domain_id)}};
    }
  }
  return json{{"auth", auth}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<Endpoint> catalog_from(const json& token) {
  std::vector<Endpoint> catalog;
  for (const json& service : list_at(token, "catalog")) {
    for (const json& item : list_at(service, "endpoints")) {
      Endpoint endpoint;
      endpoint.type = text_at(service, "type");
      endpoint.interface_name = text_at(item, "interface");
      // Keystone writes null for an endpoint that belongs to no region.
      endpoint.region = text_at(item, "region_id");
      if (endpoint.region.empty()) endpoint.region = text_at(item, "region");
      endpoint.url = text_at(item, "url");
      while (!endpoint.url.empty() && endpoint.url.back() == '/') endpoint.url.pop_back();
      catalog.push_back(std::move(endpoint));
    }
  }
  return catalog;
}

std::vector<std::string> roles_from(const json& token) {
  std::vector<std::string> roles;
  for (const json& role : list_at(token, "roles")) roles.push_back(text_at(role, "name"));
  return roles;
}

/// By the server's own times, so that a wrong clock here does not matter. A day is longer than a run: the bound keeps a
/// date that is far away from being added to the time.
std::chrono::milliseconds usable_lifetime(const json& token) {
  const auto issued = time_from(text_at(token, "issued_at"));
  const auto expires = time_from(text_at(token, "expires_at"));
  if (!issued || !expires || *expires <= *issued) return 0ms;
  const auto lifetime = std::min<std::chrono::milliseconds>(*expires - *issued, 24h);
  return lifetime - std::min<std::chrono::milliseconds>(1min, lifetime / 10);
}

Token token_from(const std::string& value, const json& told, std::chrono::steady_clock::time_point asked) {
  Token token;
  token.value = value;
  token.project_id = text_at(object_at(told, "project"), "id");
  token.project = text_at(object_at(told, "project"), "name");
  token.user = text_at(object_at(told, "user"), "name");
  token.roles = roles_from(told);
  token.issued = time_from(text_at(told, "issued_at"));
  token.expires = time_from(text_at(told, "expires_at"));
  token.catalog = catalog_from(told);
  token.renew_at = asked + usable_lifetime(told);
  return token;
}

std::string hint_for(const Credentials& login) {
  if (login.method == LoginMethod::token)
    return fmt::format("the token of {} has expired: get a new one", login.source);
  return fmt::format(
      "Keystone does not say which part is wrong: check user, password, both domains and the project given by {}",
      login.source);
}

/// Keystone says 404 of logins that it does not know; whoever else is asked says it of the path.
std::string hint_for_missing(const Credentials& login, const net::HttpAnswer& answer) {
  const bool is_keystone = net::json_body(answer.body).is_object();
  if (is_keystone && login.method == LoginMethod::token) return hint_for(login);
  if (is_keystone && login.method == LoginMethod::application_credential) {
    return fmt::format("the application credential of {} was removed or has expired: make a new one", login.source);
  }
  return fmt::format("check that the auth URL of {} is Keystone's", login.source);
}

/// An application credential and a token are bound to a project, whatever is asked for beside them.
void require_project(const Credentials& login, const Token& token) {
  const bool is_other_id =
      !login.project_id.empty() && !token.project_id.empty() && token.project_id != login.project_id;
  const bool is_other_name = login.project_id.empty() && !login.project_name.empty() && !token.project.empty() &&
                             ::strcasecmp(token.project.c_str(), login.project_name.c_str()) != 0;
  if (!is_other_id && !is_other_name) return;
  throw Error(Fault::invalid,
              fmt::format("the login of {} is for project {} ({}), and {} is asked for", login.source, token.project,
                          token.project_id, login.project_id.empty() ? login.project_name : login.project_id),
              "log in with credentials of the project that is meant, or ask for the one that they are for");
}

}  // namespace

Identity::Identity(Credentials credentials, net::HttpClient& http)
    : credentials_(std::move(credentials)), http_(http) {}

std::shared_ptr<const Token> Identity::token(Context& context) {
  const std::lock_guard lock(mutex_);
  if (!token_ || context.clock.steady_now() >= token_->renew_at) token_ = log_in(context);
  return token_;
}

void Identity::forget(std::string_view value) {
  const std::lock_guard lock(mutex_);
  if (token_ && token_->value == value) token_ = nullptr;
}

std::shared_ptr<const Token> Identity::log_in(Context& context) {
  net::HttpRequest request;
  request.method = net::Method::post;
  request.url = credentials_.auth_url + "/auth/tokens";
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  request.body = login_body(credentials_);
  request.idempotent = true;
  request.login = true;
  net::Throttle::Turn turn(throttle_, context);
  const auto asked = context.clock.steady_now();
  context.calls.add("keystone POST auth/tokens");
  const net::HttpAnswer answer = net::send_traced(http_, request, context);
  turn.answered(answer, context);
  if (answer.status != 201) {
    Error error = answer_error("keystone POST " + request.url, answer, true);
    if (net::is_refused_for_now(answer)) error.with_retry_after(throttle_.pause_left(context.clock));
    if (answer.status == 401) error.with_hint(hint_for(credentials_));
    if (answer.status == 404 || answer.status == 405) error.with_hint(hint_for_missing(credentials_, answer));
    throw error;
  }
  const json body = net::json_body(answer.body);
  const std::string value(answer.header("X-Subject-Token"));
  if (value.empty() || !body.is_object() || !body.contains("token")) {
    throw Error(Fault::permanent, fmt::format("POST {} answered 201 but no token", request.url),
                "check that the auth URL is Keystone's");
  }
  context.redactor.add(value);
  auto token = std::make_shared<const Token>(token_from(value, body["token"], asked));
  require_project(credentials_, *token);
  return token;
}

std::string region_of(const Token& token, std::string_view type, const Credentials& credentials) {
  if (!credentials.region.empty()) return credentials.region;
  const std::string url = endpoint_url(token, type, credentials);
  const auto chosen = std::find_if(token.catalog.begin(), token.catalog.end(), [&](const Endpoint& endpoint) {
    return endpoint.type == type && endpoint.url == url;
  });
  return chosen == token.catalog.end() ? std::string() : chosen->region;
}

std::string endpoint_url(const Token& token, std::string_view type, const Credentials& credentials) {
  std::set<std::string> regions;
  std::vector<const Endpoint*> fitting;
  for (const Endpoint& endpoint : token.catalog) {
    if (endpoint.type != type || endpoint.interface_name != credentials.interface_name) continue;
    regions.insert(endpoint.region.empty() ? "one without a name" : endpoint.region);
    if (credentials.region.empty() || endpoint.region == credentials.region) fitting.push_back(&endpoint);
  }
  if (fitting.size() == 1 || (!fitting.empty() && regions.size() == 1)) return fitting.front()->url;
  if (regions.empty()) {
    throw Error(Fault::invalid,
                fmt::format("the catalog of {} has no {} service with {} endpoints", credentials.auth_url, type,
                            credentials.interface_name),
                token.project_id.empty() ? "the login names no project: give one" : "check project and interface");
  }
  const std::string known = fmt::format("there are: {}", fmt::join(regions, ", "));
  if (credentials.region.empty()) {
    throw Error(Fault::invalid,
                fmt::format("{} has several regions and {} names none", credentials.auth_url, credentials.source),
                known);
  }
  if (!fitting.empty()) return fitting.front()->url;
  throw Error(Fault::invalid,
              fmt::format("{} has no {} service in region {}", credentials.auth_url, type, credentials.region), known);
}

}  // namespace muster::openstack
