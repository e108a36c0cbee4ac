#include "sandbox/ovh_access.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sandbox/base64.h"

namespace muster::sandbox {
namespace {

using Json = nlohmann::json;

bool rule_matches(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (text.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t start = star; start <= text.size(); ++start)
    if (rule_matches(text.substr(start), rest)) return true;
  return false;
}

/// The URLs that clients sign for one request: as it is, with https because a proxy ends TLS, and without the port.
std::vector<std::string> signed_urls(const Request& request) {
  const std::string host = request.header("host");
  const std::string bare_host = host.substr(0, host.rfind(':'));
  std::vector<std::string> urls;
  for (const char* scheme : {"http://", "https://"})
    for (const std::string& authority : {host, bare_host}) urls.push_back(scheme + authority + request.target);
  return urls;
}

Json rules_to_json(const std::vector<OvhAccessRule>& rules) {
  Json list = Json::array();
  for (const OvhAccessRule& rule : rules) list.push_back({{"method", rule.method}, {"path", rule.path}});
  return list;
}

OvhRefusal unknown_application() { return {403, "Client::Forbidden", "This application key is invalid"}; }

OvhRefusal invalid_credential() { return {403, "INVALID_CREDENTIAL", "This credential is not valid"}; }

void check_rights(const Request& request, const OvhGrant& grant, bool bearer) {
  const std::string path = ovh_path(request);
  const bool granted = std::any_of(grant.rules.begin(), grant.rules.end(), [&](const OvhAccessRule& rule) {
    return rule.method == request.method && rule_matches(path, rule.path);
  });
  if (granted) return;
  if (bearer) throw OvhRefusal(403, "Client::Forbidden", "User not granted for this request");
  throw OvhRefusal(403, "NOT_GRANTED_CALL", "This call has not been granted");
}

}  // namespace

std::vector<OvhAccessRule> ovh_all_rights() { return {{"GET", "/*"}, {"POST", "/*"}, {"PUT", "/*"}, {"DELETE", "/*"}}; }

std::string ovh_path(const Request& request) {
  for (std::string_view base : {"/1.0", "/v1"})
    if (request.path.rfind(base, 0) == 0) return request.path.substr(base.size());
  return request.path;
}

std::string ovh_signature(const std::string& application_secret, const std::string& consumer_key,
                          const std::string& method, const std::string& url, const std::string& body,
                          const std::string& timestamp) {
  const std::string joined =
      fmt::format("{}+{}+{}+{}+{}+{}", application_secret, consumer_key, method, url, body, timestamp);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(joined.data(), joined.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL offers no SHA-1, which the OVH API signs with");
  std::string text = "$1$";
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

OvhAccess::OvhAccess(OvhOptions options, World& world) : options_(std::move(options)), world_(world) {
  for (const OvhGrant& key : options_.consumer_keys) consumers_[key.id] = {key, {}, true};
  for (const OvhGrant& token : options_.access_tokens) tokens_[token.id] = {token, std::nullopt};
}

const OvhGrant& OvhAccess::authorize(const Request& request) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string authorization = request.header("authorization");
  const bool bearer = authorization.rfind(scheme, 0) == 0;
  const OvhGrant& grant = bearer ? bearer_grant(authorization.substr(scheme.size())) : signed_grant(request);
  check_rate(grant);
  check_rights(request, grant, bearer);
  return grant;
}

const OvhGrant& OvhAccess::bearer_grant(const std::string& token) const {
  const auto found = tokens_.find(token);
  const bool expired = found != tokens_.end() && found->second.expires && world_.clock() >= *found->second.expires;
  if (found == tokens_.end() || expired)
    throw OvhRefusal(401, "Client::Unauthorized", "The access token is invalid or has expired");
  return found->second.grant;
}

const OvhGrant& OvhAccess::signed_grant(const Request& request) const {
  const std::string application = request.header("x-ovh-application");
  const std::string consumer = request.header("x-ovh-consumer");
  if (application.empty() && consumer.empty()) throw OvhRefusal(401, "Client::Unauthorized", "You must login first");
  if (application != options_.application_key) throw unknown_application();
  if (consumer.empty()) throw OvhRefusal(401, "Client::Unauthorized", "You must login first");

  const std::string timestamp = request.header("x-ovh-timestamp");
  std::int64_t sent_at = 0;
  std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), sent_at);
  const Time sent{std::chrono::seconds(sent_at)};
  const auto skew = world_.clock() > sent ? world_.clock() - sent : sent - world_.clock();
  if (skew > options_.timestamp_window) throw OvhRefusal(400, "QUERY_TIME_OUT", "Query out of time");

  const auto found = consumers_.find(consumer);
  if (found == consumers_.end() || !found->second.validated) throw invalid_credential();

  const std::string given = request.header("x-ovh-signature");
  for (const std::string& url : signed_urls(request))
    if (given == ovh_signature(options_.application_secret, consumer, request.method, url, request.body, timestamp))
      return found->second.grant;
  throw OvhRefusal(400, "INVALID_SIGNATURE", "Invalid signature");
}

void OvhAccess::check_rate(const OvhGrant& grant) {
  if (!options_.requests_per_minute) return;
  std::deque<Time>& recent = recent_calls_[grant.id];
  const Time now = world_.clock();
  while (!recent.empty() && recent.front() + std::chrono::minutes(1) <= now) recent.pop_front();
  if (recent.size() >= *options_.requests_per_minute)
    throw OvhRefusal(429, "Client::TooManyRequests", "Too many requests, please retry later");
  recent.push_back(now);
}

Json OvhAccess::request_credential(const Request& request, const std::string& base_url) {
  if (request.header("x-ovh-application") != options_.application_key) throw unknown_application();
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("accessRules") || !body["accessRules"].is_array())
    throw OvhRefusal(400, "Client::BadRequest", "Missing parameter(s): accessRules");
  Consumer consumer{{world_.random.hex(32), "", {}}, world_.random.hex(32), false};
  for (const Json& rule : body["accessRules"]) {
    if (!rule.is_object() || !rule.value("method", Json()).is_string() || !rule.value("path", Json()).is_string())
      throw OvhRefusal(400, "Client::BadRequest", "Invalid accessRules: method and path are needed");
    consumer.grant.rules.push_back({rule["method"], rule["path"]});
  }
  Json answer = {{"validationUrl", base_url + "/auth/?credentialToken=" + consumer.credential_token},
                 {"consumerKey", consumer.grant.id},
                 {"state", "pendingValidation"}};
  consumers_[consumer.grant.id] = std::move(consumer);
  return answer;
}

bool OvhAccess::validate_credential(const std::string& credential_token) {
  for (auto& [key, consumer] : consumers_)
    if (!credential_token.empty() && consumer.credential_token == credential_token) return consumer.validated = true;
  return false;
}

Json OvhAccess::current_credential(const OvhGrant& grant) const {
  if (consumers_.count(grant.id) == 0)
    throw OvhRefusal(404, "Client::NotFound", "This authentication has no credential");
  const std::string now = iso_time(world_.clock());
  return {{"applicationId", 4711}, {"credentialId", 815},   {"status", "validated"},
          {"ovhSupport", false},   {"creation", now},       {"lastUse", now},
          {"expiration", nullptr}, {"allowedIPs", nullptr}, {"rules", rules_to_json(grant.rules)}};
}

Json OvhAccess::details(const OvhGrant& grant) const {
  const bool token = tokens_.count(grant.id) > 0;
  return {{"account", "sandbox-ovh"},
          {"allowedRoutes", rules_to_json(grant.rules)},
          {"description", nullptr},
          {"identities", {"urn:v1:eu:identity:account:sandbox-ovh"}},
          {"method", token ? "oauth2" : "account"},
          {"roles", Json::array()},
          {"user", nullptr}};
}

Json OvhAccess::issue_token(const Request& request) {
  const auto field = [&request](const char* name) { return request.query_value(name).value_or(""); };
  if (field("grant_type") != "client_credentials")
    throw OvhRefusal(400, "unsupported_grant_type", "only client_credentials is supported");
  const std::string header = request.header("authorization");
  for (const OvhGrant& client : options_.oauth2_clients) {
    const bool in_form = client.id == field("client_id") && client.secret == field("client_secret");
    if (!in_form && header != "Basic " + base64(client.id + ":" + client.secret)) continue;
    OvhGrant grant = client;
    grant.id = world_.random.hex(64);
    const std::string token = grant.id;
    tokens_[token] = {std::move(grant), world_.clock() + options_.token_lifetime};
    return {{"access_token", token},
            {"token_type", "Bearer"},
            {"expires_in", options_.token_lifetime.count()},
            {"scope", "all"}};
  }
  throw OvhRefusal(401, "invalid_client", "client authentication failed");
}

}  // namespace muster::sandbox
