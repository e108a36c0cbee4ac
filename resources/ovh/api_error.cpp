#include "resources/ovh/api_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "resources/net/json_body.h"
#include "resources/net/one_line.h"
#include "resources/ovh/record.h"

namespace muster::ovh {
namespace {

using Json = nlohmann::json;

// Of what a server says, in bytes.
constexpr std::size_t most_words = 400;
constexpr std::size_t most_words_of_page = 160;
constexpr std::size_t longest_name = 100;

std::string text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

bool contains(std::string_view text, std::string_view part) { return fold_name(text).find(part) != std::string::npos; }

/// The readable part of an HTML page; any other text as it is.
std::string text_of_page(std::string_view page) {
  const bool is_html = contains(page, "<html") || contains(page, "<!doctype") || contains(page, "<body");
  if (!is_html) return std::string(page);
  std::string text;
  bool in_tag = false;
  for (const char letter : page) {
    if (letter == '<') in_tag = true;
    text += in_tag ? ' ' : letter;
    if (letter == '>') in_tag = false;
  }
  return text;
}

Refusal classify(const ApiAnswer& answer) {
  const std::string_view code = answer.code;
  const std::string_view words = answer.message;
  if (code == "INVALID_SIGNATURE" || contains(words, "invalid signature")) return Refusal::wrong_signature;
  if (code == "QUERY_TIME_OUT" || contains(words, "query out of time")) return Refusal::wrong_clock;
  if (code == "INVALID_KEY" || contains(words, "application key is invalid")) return Refusal::unknown_key;
  if (code == "INVALID_CREDENTIAL" || contains(words, "credential is not valid")) return Refusal::unknown_consumer;
  if (code == "NOT_GRANTED_CALL" || contains(words, "has not been granted") || contains(words, "not granted for this"))
    return Refusal::missing_right;
  if (answer.status == 460) return Refusal::expired_service;
  if (answer.status == 401) return Refusal::not_logged_in;
  if (answer.status == 403) return Refusal::missing_right;
  if (answer.status == 404) return Refusal::no_such_service;
  const bool refused = answer.status == 409 || answer.status == 400;
  if (refused && contains(words, "already") &&
      (contains(words, "progress") || contains(words, "running") || contains(words, "pending") ||
       contains(words, "task")))
    return Refusal::busy;
  return Refusal::other;
}

Fault fault_of(const Call& call, const ApiAnswer& answer) {
  switch (answer.refusal) {
    case Refusal::wrong_signature:
    case Refusal::wrong_clock:
    case Refusal::unknown_key:
    case Refusal::unknown_consumer:
    case Refusal::not_logged_in:
    case Refusal::missing_right:
      return Fault::denied;
    case Refusal::expired_service:
      return Fault::permanent;
    case Refusal::busy:
      return Fault::transient;
    case Refusal::no_such_service:
    case Refusal::other:
      break;
  }
  return net::fault_of_status(call.idempotent, answer.status);
}

/// Names of the members sent and its length: enough to see a malformed body, nothing of its content.
std::string shape_of(std::string_view body) {
  if (body.empty()) return "empty";
  std::string members;
  const Json parsed = Json::parse(body, nullptr, false);
  if (parsed.is_object())
    for (const auto& [name, value] : parsed.items()) members += (members.empty() ? " with " : ", ") + name;
  return fmt::format("{} bytes{}", body.size(), members);
}

std::string hint_for_right(const Call& call, const ApiAnswer& answer, const Credentials& credentials) {
  const std::string zone = zone_in(call.path);
  const std::string path = call.path.substr(0, call.path.find('?'));
  if (std::holds_alternative<ApplicationKey>(credentials.login)) {
    return fmt::format("the consumer key lacks the right {} {}; make keys that have all rights muster needs at {}",
                       net::to_string(call.method), path,
                       credentials.endpoint.create_token_url(least_rights(zone.empty() ? "*" : zone)));
  }
  return fmt::format("add an IAM policy that allows {} to the identity of {}",
                     answer.actions.empty() ? fmt::format("{} {}", net::to_string(call.method), path) : answer.actions,
                     credentials.origin);
}

std::string hint_for(const Call& call, const ApiAnswer& answer, const Credentials& credentials,
                     std::int64_t clock_delta) {
  const std::string zone = zone_in(call.path);
  switch (answer.refusal) {
    case Refusal::wrong_signature:
      return fmt::format(
          "the application secret in {} does not belong to the application key (a wrong key or consumer key "
          "would be refused with 403); sent body: {}",
          credentials.origin, shape_of(call.body));
    case Refusal::wrong_clock:
      return fmt::format(
          "this machine's clock differs from OVH's by {} s, which muster allows for; it must have jumped: "
          "check its time synchronisation",
          clock_delta);
    case Refusal::unknown_key:
      return fmt::format("keys are bound to one platform: check that applicationKey in {} was made for {}",
                         credentials.origin, credentials.endpoint.name);
    case Refusal::unknown_consumer:
      return fmt::format("the consumer key in {} is unknown, has expired or was never validated; make new keys at {}",
                         credentials.origin,
                         credentials.endpoint.create_token_url(least_rights(zone.empty() ? "*" : zone)));
    case Refusal::not_logged_in:
      return fmt::format("check the credentials in {}", credentials.origin);
    case Refusal::missing_right:
      return hint_for_right(call, answer, credentials);
    case Refusal::no_such_service:
      return zone.empty() || answer.message.find("object") != std::string::npos
                 ? std::string()
                 : fmt::format("check that zone {} belongs to the account of {}", zone, credentials.origin);
    case Refusal::expired_service:
      return fmt::format(
          "zone {} has expired or is being deleted: renew it in OVH's manager, or take it out of the "
          "manifests",
          zone);
    case Refusal::busy:
      return "OVH is working on the zone: apply again in a few minutes";
    case Refusal::other:
      break;
  }
  if (answer.status == 409) return "the zone cannot be changed now: look at it in OVH's manager, then apply again";
  if (answer.status == 429) return "wait a minute, or lower requestsPerMinute and burst of the OvhAccount";
  if (answer.status >= 500) return "OVH's API itself fails: apply again later";
  return {};
}

}  // namespace

bool ApiAnswer::concerns_account() const {
  switch (refusal) {
    case Refusal::wrong_signature:
    case Refusal::wrong_clock:
    case Refusal::unknown_key:
    case Refusal::unknown_consumer:
    case Refusal::not_logged_in:
      return true;
    default:
      return false;
  }
}

ApiAnswer read_refusal(const net::HttpAnswer& answer) {
  ApiAnswer read;
  read.status = answer.status;
  read.query_id = net::one_line(answer.header("X-OVH-QUERYID"), longest_name);
  const Json body = net::json_body(answer.body);
  if (body.is_object()) {
    read.code = net::one_line(text_of(body, "errorCode"), longest_name);
    if (read.code.empty()) read.code = net::one_line(text_of(body, "class"), longest_name);
    read.message = net::one_line(text_of(body, "message"), most_words);
    if (const auto details = body.find("details"); details != body.end() && details->is_object()) {
      read.actions = net::one_line(text_of(*details, "unauthorizedActionsByIAM"), most_words);
      if (read.actions.empty())
        read.actions = net::one_line(text_of(*details, "unauthorizedActionsByAuthentication"), most_words);
    }
  }
  if (read.message.empty()) read.message = net::one_line(text_of_page(answer.body), most_words_of_page);
  if (read.message.empty()) read.message = "no words";
  read.refusal = classify(read);
  return read;
}

std::string zone_in(std::string_view path) {
  constexpr std::string_view root = "/domain/zone/";
  if (!path.starts_with(root)) return {};
  path.remove_prefix(root.size());
  return std::string(path.substr(0, path.find_first_of("/?")));
}

std::string operation_name(const Call& call) {
  std::string path = call.path.substr(0, call.path.find('?'));
  const std::string zone = zone_in(path);
  if (!zone.empty()) path.erase(std::string_view("/domain/zone").size(), zone.size() + 1);
  constexpr std::string_view records = "/domain/zone/record/";
  if (path.starts_with(records)) path.resize(records.size() - 1);
  return fmt::format("ovh {} {}", net::to_string(call.method), path.substr(path.starts_with('/') ? 1 : 0));
}

std::string least_rights(std::string_view zone) {
  struct Right {
    std::string_view method;
    std::string_view below;
  };
  constexpr std::array<Right, 8> rights{{{"GET", "/export"},
                                         {"GET", "/status"},
                                         {"GET", "/record"},
                                         {"GET", "/record/*"},
                                         {"POST", "/record"},
                                         {"PUT", "/record/*"},
                                         {"DELETE", "/record/*"},
                                         {"POST", "/refresh"}}};
  std::string query = "GET=/auth/currentCredential";
  for (const Right& right : rights) query += fmt::format("&{}=/domain/zone/{}{}", right.method, zone, right.below);
  return query;
}

ApiError make_error(const Call& call, const ApiAnswer& answer, const Credentials& credentials,
                    std::int64_t clock_delta) {
  std::string message =
      fmt::format("OVH refused {} {}: {}{} (HTTP {}", net::to_string(call.method), call.path, answer.message,
                  answer.code.empty() ? "" : fmt::format(" [{}]", answer.code), answer.status);
  if (!answer.query_id.empty()) message += fmt::format(", query {}", answer.query_id);
  if (!answer.actions.empty()) message += fmt::format(", not granted: {}", answer.actions);
  message += ")";
  return ApiError(fault_of(call, answer), std::move(message), hint_for(call, answer, credentials, clock_delta), answer);
}

}  // namespace muster::ovh
