#include "resources/openstack/answer_error.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "resources/net/json_body.h"
#include "resources/net/one_line.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

constexpr std::size_t most_words = 400;
constexpr std::size_t longest_id = 100;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The text between the tags, without what <head> and <style> hold: the title only repeats the first line.
std::string text_of_html(std::string_view html) {
  const auto body = html.find("<body");
  std::string text;
  bool inside_tag = false;
  for (const char character : body == std::string_view::npos ? html : html.substr(body)) {
    if (character == '<') inside_tag = true;
    if (!inside_tag) text += character;
    if (character == '>') {
      inside_tag = false;
      text += ' ';
    }
  }
  return text;
}

std::string words_of_json(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object()) return value.is_null() ? std::string() : value.dump();
  for (const char* const member : {"message", "detail", "title"}) {
    const auto found = value.find(member);
    if (found != value.end() && found->is_string() && !found->get<std::string>().empty()) return *found;
  }
  // {"badRequest": {...}}, {"error": {...}}, {"NeutronError": "..."}: one member that says it all.
  if (value.size() == 1) return words_of_json(value.begin().value());
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_quota(std::string_view words) {
  return contains(words, "uota exceeded") || contains(words, "OverQuota") ||
         contains(words, "Maximum number of ports exceeded");
}

Fault fault_of(int status, std::string_view words, bool idempotent) {
  // Nova says 403 and Neutron 409 for a full quota; neither a login nor a repetition helps.
  if ((status == 403 || status == 409) && is_quota(words)) return Fault::permanent;
  return net::fault_of_status(idempotent, status);
}

std::string hint_for(int status, std::string_view words) {
  if (is_quota(words)) return "remove what is no longer needed, or ask the provider for a higher quota";
  switch (status) {
    case 401:
      return "the service refuses a token that Keystone has just given: ask whoever runs the cloud";
    case 403:
      return "ask whoever runs the project for a role that allows it (usually \"member\")";
    case 406:
      return "the service does not speak this API version: report the cloud's release";
    case 429:
      return "lower limits.requestsPerSecond or limits.concurrency of the connection";
    default:
      break;
  }
  if (status >= 300 && status < 400) return "the service moved: check the auth URL and the catalog's endpoints";
  if (contains(words, "quest body is too large") || status == 413)
    return "the request is too big: shorten the user data";
  if (status >= 500)
    return "the service itself fails: apply again later, or show these words to whoever runs the cloud";
  return {};
}

std::string_view request_id_of(const net::HttpAnswer& answer) {
  const auto id = answer.header("X-Openstack-Request-Id");
  return id.empty() ? answer.header("X-Compute-Request-Id") : id;
}

}  // namespace

std::string server_words(std::string_view body) {
  const json parsed = net::json_body(body);
  if (!parsed.is_discarded()) return net::one_line(words_of_json(parsed), most_words);
  if (contains(body, "<html") || contains(body, "<HTML") || contains(body, "<!DOCTYPE")) {
    return net::one_line(text_of_html(body), most_words);
  }
  return net::one_line(body, most_words);
}

Error answer_error(std::string_view what, const net::HttpAnswer& answer, bool idempotent) {
  const std::string words = server_words(answer.body);
  const std::string_view request_id = request_id_of(answer);
  Error error(fault_of(answer.status, words, idempotent),
              fmt::format("{}: {} {}{}", what, answer.status, words.empty() ? "without a word" : words,
                          request_id.empty() ? "" : fmt::format(" ({})", net::one_line(request_id, longest_id))),
              hint_for(answer.status, words));
  if (const auto delay = answer.retry_after()) error.with_retry_after(*delay);
  return error;
}

}  // namespace muster::openstack
