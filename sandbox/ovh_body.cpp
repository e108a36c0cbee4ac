#include "sandbox/ovh_body.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "sandbox/ovh_access.h"

namespace muster::sandbox {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& text) { throw OvhRefusal(400, "Client::BadRequest", text); }

bool contains(std::initializer_list<std::string_view> names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Json ovh_body(const Request& request, std::initializer_list<std::string_view> known,
              std::initializer_list<std::string_view> read_only) {
  if (request.body.empty()) return Json::object();
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) refuse("Invalid JSON received");
  if (body.is_null()) return Json::object();
  if (!body.is_object()) refuse("Invalid JSON received: an object is expected");
  std::string forbidden;
  std::string unknown;
  for (const auto& [name, value] : body.items()) {
    if (contains(known, name)) continue;
    std::string& names = contains(read_only, name) ? forbidden : unknown;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!forbidden.empty()) refuse("Try to alter read-only properties: " + forbidden);
  if (!unknown.empty()) refuse("Received not described parameters: (" + unknown + ")");
  return body;
}

std::optional<std::string> string_member(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::nullopt;
  if (!found->is_string())
    refuse(fmt::format("[{}] Given data ({}) is not valid for type string", name, found->dump()));
  return found->get<std::string>();
}

std::optional<std::int64_t> integer_member(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::nullopt;
  if (!found->is_number_integer())
    refuse(fmt::format("[{}] Given data ({}) is not valid for type long", name, found->dump()));
  return found->get<std::int64_t>();
}

std::int64_t path_id(const std::string& text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size())
    refuse(fmt::format("[id] Given data ({}) is not valid for type long", text));
  return id;
}

Json record_to_json(const DnsRecord& record, const std::string& zone) {
  return {{"id", record.id},         {"zone", zone},     {"fieldType", record.type}, {"subDomain", record.subdomain},
          {"target", record.target}, {"ttl", record.ttl}};
}

Json soa_to_json(const ZoneSoa& soa) {
  return {{"server", soa.server},   {"email", soa.email},   {"serial", soa.serial},
          {"refresh", soa.refresh}, {"expire", soa.expire}, {"nxDomainTtl", soa.nx_domain_ttl},
          {"ttl", soa.ttl}};
}

Json task_to_json(const ZoneTask& task) {
  return {{"id", task.id},
          {"function", "ZoneRefresh"},
          {"status", task.done ? "done" : "doing"},
          {"comment", nullptr},
          {"canAccelerate", false},
          {"canCancel", false},
          {"canRelaunch", false},
          {"creationDate", ovh_time(task.created)},
          {"todoDate", ovh_time(task.created)},
          {"lastUpdate", ovh_time(task.done ? task.due : task.created)},
          {"doneDate", task.done ? Json(ovh_time(task.due)) : Json()}};
}

std::string ovh_time(ZoneTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}+00:00", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace muster::sandbox
