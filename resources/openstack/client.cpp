#include "resources/openstack/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/net/json_body.h"
#include "resources/net/retries.h"
#include "resources/net/trace.h"
#include "resources/openstack/answer_error.h"
#include "resources/openstack/json_access.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// 2.52 puts tags into the create call; 2.69 shows the servers of a cell that does not answer, as bare ids, instead of
/// leaving them out.
constexpr int wanted_microversion = 69;

std::string_view type_of(Service service) {
  switch (service) {
    case Service::compute:
      return "compute";
    case Service::image:
      return "image";
    case Service::network:
      return "network";
  }
  return "compute";
}

std::string_view name_of(Service service) {
  switch (service) {
    case Service::compute:
      return "nova";
    case Service::image:
      return "glance";
    case Service::network:
      return "neutron";
  }
  return "nova";
}

/// Glance and Neutron stand in the catalog without a version, mostly.
std::string versioned(std::string url, Service service) {
  const std::string_view version = service == Service::image ? "/v2" : "/v2.0";
  const bool has_version = url.rfind("/v2") != std::string::npos && url.rfind("/v2") > url.find("://") + 3;
  if (service == Service::compute || has_version) return url;
  return url + std::string(version);
}

/// Where Nova tells its versions: the endpoint without the project's id.
std::string version_url(const std::string& compute) {
  const auto version = compute.rfind("/v2");
  if (version == std::string::npos) return compute + "/";
  return compute.substr(0, compute.find('/', version + 1)) + "/";
}

/// N of "2.N"; -1 when the text is no such version.
int minor_of(const std::string& version) {
  int minor = -1;
  if (version.compare(0, 2, "2.") == 0) std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor;
}

/// {"version": {...}} of a version's own URL, or {"versions": [...]} of the root.
int highest_common_minor(const json& document) {
  json versions = list_at(document, "versions");
  versions.push_back(object_at(document, "version"));
  int best = 1;
  for (const json& version : versions) {
    const int maximum = minor_of(text_at(version, "version"));
    const int minimum = minor_of(text_at(version, "min_version"));
    if (maximum >= 1 && minimum >= 1) best = std::max({best, minimum, std::min(maximum, wanted_microversion)});
  }
  return best;
}

bool is_read(const Call& call) { return call.method == net::Method::get || call.method == net::Method::head; }

bool idempotent(const Call& call) {
  return call.idempotent.value_or(call.method != net::Method::post && call.method != net::Method::patch);
}

std::string described(const Call& call) {
  return fmt::format("{} {} {}", name_of(call.service), net::to_string(call.method), call.operation);
}

net::HttpOptions http_options(const Credentials& credentials) {
  net::HttpOptions options;
  options.user_agent = "muster/" MUSTER_VERSION;
  options.ca_file = credentials.ca_file;
  options.verify_peer = credentials.verify_peer;
  return options;
}

}  // namespace

Client::Client(Credentials credentials, Limits limits, net::Network* network)
    : concurrency_(static_cast<std::size_t>(std::max(1, limits.concurrency))),
      http_(http_options(credentials), network),
      identity_(std::move(credentials), http_),
      throttle_(limits.concurrency, limits.requests_per_second) {}

net::HttpAnswer Client::call(const Call& call, Context& context) {
  if (call.service == Service::compute) microversion(context);
  const auto attempt = [&] {
    net::HttpAnswer answer = authorised(context, [&](const Token& token) { return send(call, token, context); });
    const bool accepted = std::find(call.accepted.begin(), call.accepted.end(), answer.status) != call.accepted.end();
    if (accepted || (answer.status >= 200 && answer.status < 300)) return answer;
    throw refusal(described(call), answer, idempotent(call), context);
  };
  return is_read(call) ? net::with_retries(context, attempt) : attempt();
}

Error Client::refusal(const std::string& described, const net::HttpAnswer& answer, bool idempotent,
                      Context& context) const {
  Error error = answer_error(described, answer, idempotent);
  if (net::is_refused_for_now(answer)) error.with_retry_after(throttle_.pause_left(context.clock));
  return error;
}

json Client::call_json(const Call& wanted, Context& context) {
  const net::HttpAnswer answer = call(wanted, context);
  json body = net::json_body(answer.body);
  if (body.is_object()) return body;
  throw Error(Fault::transient,
              fmt::format("{}: {} but no JSON object: {}", described(wanted), answer.status, server_words(answer.body)),
              "check that the catalog's endpoint is right and no proxy answers in its place");
}

std::shared_ptr<const Token> Client::token(Context& context) {
  std::shared_ptr<const Token> token;
  net::with_retries(context, [&] {
    token = identity_.token(context);
    return net::HttpAnswer{};
  });
  return token;
}

bool Client::has_role(const std::string& role, Context& context) {
  const auto token = identity_.token(context);
  return std::find(token->roles.begin(), token->roles.end(), role) != token->roles.end();
}

int Client::microversion(Context& context) {
  const std::lock_guard lock(microversion_mutex_);
  if (!microversion_) microversion_ = negotiate(context);
  return *microversion_;
}

net::HttpAnswer Client::authorised(Context& context, const std::function<net::HttpAnswer(const Token&)>& send_with) {
  const auto token = identity_.token(context);
  net::HttpAnswer answer = send_with(*token);
  if (answer.status != 401) return answer;
  identity_.forget(token->value);
  return send_with(*identity_.token(context));
}

net::HttpAnswer Client::send(const Call& call, const Token& token, Context& context) {
  net::HttpRequest request;
  request.method = call.method;
  request.url =
      versioned(endpoint_url(token, type_of(call.service), identity_.credentials()), call.service) + call.path;
  request.headers = {{"X-Auth-Token", token.value}, {"Accept", "application/json"}};
  if (!call.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (call.service == Service::compute) {
    request.headers.emplace_back("OpenStack-API-Version", fmt::format("compute 2.{}", microversion(context)));
  }
  request.body = call.body;
  request.idempotent = idempotent(call);
  return send_paced(request, described(call), context);
}

net::HttpAnswer Client::send_paced(const net::HttpRequest& request, const std::string& described, Context& context) {
  net::Throttle::Turn turn(throttle_, context);
  context.calls.add(described);
  const Time asked = context.clock.now();
  net::HttpAnswer answer = net::send_traced(http_, request, context);
  turn.answered(answer, context);
  clock_.saw(answer, asked, context.clock.now());
  return answer;
}

int Client::negotiate(Context& context) {
  const auto ask = [&](const Token& token) {
    net::HttpRequest request;
    request.url = version_url(endpoint_url(token, type_of(Service::compute), identity_.credentials()));
    request.headers = {{"X-Auth-Token", token.value}, {"Accept", "application/json"}};
    return send_paced(request, "nova GET versions", context);
  };
  const net::HttpAnswer answer = net::with_retries(context, [&] {
    net::HttpAnswer reply = authorised(context, ask);
    if (reply.status == 401 || reply.status == 429 || reply.status >= 500) {
      throw refusal("nova GET versions", reply, true, context);
    }
    return reply;
  });
  const json document = net::json_body(answer.body);
  // A front end may hide the version documents; 2.1 is what every Nova speaks.
  return document.is_object() ? highest_common_minor(document) : 1;
}

}  // namespace muster::openstack
