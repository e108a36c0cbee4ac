#include "sandbox/ovh_zones.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sandbox/ovh_access.h"
#include "sandbox/ovh_body.h"
#include "sandbox/zone_text.h"

namespace muster::sandbox {
namespace {

using Json = nlohmann::json;
using Lock = std::lock_guard<std::mutex>;

std::string full_name(const DnsRecord& record, const std::string& zone) {
  return fmt::format("{} {}{}{}", record.type, record.subdomain, record.subdomain.empty() ? "" : ".", zone);
}

Response ok(const Json& body) { return json_response(200, body); }

Json missing_record(const std::string& id) {
  return {{"class", "Client::NotFound"}, {"message", fmt::format("The requested object (id = {}) does not exist", id)}};
}

}  // namespace

OvhZones::OvhZones(const OvhOptions& options, World& world)
    : options_(options), world_(world), next_id_(options.first_record_id) {
  for (const std::string& name : options_.zones) {
    const std::int64_t first = next_id_;
    Zone& zone = zones_.try_emplace(fold_name(name), name, options_.zone_rules, next_id_, world_.clock()).first->second;
    for (std::int64_t id = first; id < next_id_; ++id) {
      foreign_ids_.insert(id);
      const DnsRecord record = zone.find(id, Time::max()).value();
      world_.ledger.created("foreign-record", std::to_string(id), full_name(record, name),
                            record_to_json(record, name).dump());
    }
  }
}

Zone& OvhZones::open(const std::string& name) {
  const std::string folded = fold_name(name);
  const auto& expired = options_.expired_zones;
  if (std::find(expired.begin(), expired.end(), folded) != expired.end())
    throw OvhRefusal(460, "Client::ServiceExpired", "This service is expired");
  const auto found = zones_.find(folded);
  if (found == zones_.end()) throw OvhRefusal(404, "Client::NotFound", "This service does not exist");
  found->second.advance(world_.clock());
  return found->second;
}

const char* OvhZones::ledger_kind(std::int64_t id) const {
  return foreign_ids_.count(id) > 0 ? "foreign-record" : "record";
}

Response OvhZones::written() const { return options_.writes_answer_204 ? Response{204, {}, ""} : ok(nullptr); }

Response OvhZones::list() {
  const Lock lock(mutex_);
  Json names = Json::array();
  for (const auto& [folded, zone] : zones_) names.push_back(zone.name());
  for (const std::string& name : options_.expired_zones) names.push_back(name);
  return ok(names);
}

Response OvhZones::show(const Request& request) {
  const Lock lock(mutex_);
  const Zone& zone = open(request.params.at("zone"));
  return ok({{"name", zone.name()},
             {"nameServers", zone.name_servers()},
             {"dnssecSupported", true},
             {"hasDnsAnycast", false},
             {"lastUpdate", ovh_time(zone.last_update())},
             {"iam", {{"id", "sandbox"}, {"urn", "urn:v1:eu:resource:dnsZone:" + zone.name()}}}});
}

Response OvhZones::status(const Request& request) {
  const Lock lock(mutex_);
  const ZoneStatus status = open(request.params.at("zone")).status();
  return ok({{"isDeployed", status.is_deployed},
             {"errors", status.errors.empty() ? Json() : Json(status.errors)},
             {"warnings", status.warnings.empty() ? Json() : Json(status.warnings)}});
}

Response OvhZones::records(const Request& request) {
  const Lock lock(mutex_);
  const Zone& zone = open(request.params.at("zone"));
  const std::optional<std::string> type = request.query_value("fieldType");
  return ok(zone.list(type && type->empty() ? std::nullopt : type, request.query_value("subDomain")));
}

Response OvhZones::create_record(const Request& request) {
  const Lock lock(mutex_);
  Zone& zone = open(request.params.at("zone"));
  const Json body = ovh_body(request, {"fieldType", "subDomain", "target", "ttl"}, {"id", "zone"});
  for (const char* name : {"fieldType", "target"})
    if (!string_member(body, name))
      throw OvhRefusal(400, "Client::BadRequest", fmt::format("Missing parameter(s): {}", name));
  const DnsRecord draft{next_id_, *string_member(body, "fieldType"), string_member(body, "subDomain").value_or(""),
                        *string_member(body, "target"), integer_member(body, "ttl").value_or(0)};
  const DnsRecord made = zone.create(draft, world_.clock());
  ++next_id_;
  Json shown = record_to_json(made, zone.name());
  world_.ledger.created("record", std::to_string(made.id), full_name(made, zone.name()), shown.dump());
  if (options_.post_answers_id_zero) shown["id"] = 0;
  return ok(shown);
}

Response OvhZones::record(const Request& request) {
  const Lock lock(mutex_);
  Zone& zone = open(request.params.at("zone"));
  const std::string& id = request.params.at("id");
  const std::string separator = request.header("x-ovh-batch");
  if (options_.batch && !separator.empty()) return batch(zone, id, separator);
  const std::int64_t number = path_id(id);
  const std::optional<DnsRecord> found = zone.find(number, world_.clock());
  if (!found)
    throw OvhRefusal(404, "Client::NotFound", fmt::format("The requested object (id = {}) does not exist", number));
  return ok(record_to_json(*found, zone.name()));
}

Response OvhZones::batch(Zone& zone, const std::string& ids, const std::string& separator) {
  Json items = Json::array();
  std::size_t start = 0;
  while (start <= ids.size()) {
    const std::size_t end = std::min(ids.find(separator, start), ids.size());
    const std::string key = ids.substr(start, end - start);
    start = end + separator.size();
    if (items.size() == options_.batch_limit)
      throw OvhRefusal(400, "Client::BadRequest",
                       fmt::format("Too many items in batch, at most {}", options_.batch_limit));
    const std::optional<DnsRecord> found = zone.find(path_id(key), world_.clock());
    items.push_back({{"key", key},
                     {"value", found ? record_to_json(*found, zone.name()) : Json()},
                     {"error", found ? Json() : missing_record(key)}});
  }
  return ok(items);
}

Response OvhZones::update_record(const Request& request) {
  const Lock lock(mutex_);
  Zone& zone = open(request.params.at("zone"));
  const std::int64_t id = path_id(request.params.at("id"));
  const Json body = ovh_body(request, {"subDomain", "target", "ttl"}, {"fieldType", "id", "zone"});
  zone.update(id, {string_member(body, "subDomain"), string_member(body, "target"), integer_member(body, "ttl")},
              world_.clock());
  const DnsRecord now = zone.find(id, Time::max()).value();
  world_.ledger.changed(ledger_kind(id), std::to_string(id), full_name(now, zone.name()),
                        record_to_json(now, zone.name()).dump());
  return written();
}

void OvhZones::drop(Zone& zone, std::int64_t id) {
  const std::optional<DnsRecord> found = zone.find(id, Time::max());
  zone.remove(id, world_.clock());
  world_.ledger.deleted(ledger_kind(id), std::to_string(id), full_name(found.value(), zone.name()),
                        record_to_json(*found, zone.name()).dump());
}

Response OvhZones::remove_record(const Request& request) {
  const Lock lock(mutex_);
  drop(open(request.params.at("zone")), path_id(request.params.at("id")));
  return written();
}

Response OvhZones::refresh(const Request& request) {
  const Lock lock(mutex_);
  Zone& zone = open(request.params.at("zone"));
  const ZoneTask task = zone.refresh(next_task_id_++, world_.clock());
  world_.ledger.changed("zone", zone.name(), zone.name(), Json{{"task", task.id}, {"function", "refresh"}}.dump());
  return options_.refresh_answers_204 ? Response{204, {}, ""} : ok(nullptr);
}

Response OvhZones::soa(const Request& request) {
  const Lock lock(mutex_);
  return ok(soa_to_json(open(request.params.at("zone")).soa()));
}

Response OvhZones::update_soa(const Request& request) {
  const Lock lock(mutex_);
  Zone& zone = open(request.params.at("zone"));
  const Json body = ovh_body(request, {"server", "email", "refresh", "expire", "nxDomainTtl", "ttl", "serial"});
  ZoneSoa soa = zone.soa();
  soa.server = string_member(body, "server").value_or(soa.server);
  soa.email = string_member(body, "email").value_or(soa.email);
  soa.refresh = integer_member(body, "refresh").value_or(soa.refresh);
  soa.expire = integer_member(body, "expire").value_or(soa.expire);
  soa.nx_domain_ttl = integer_member(body, "nxDomainTtl").value_or(soa.nx_domain_ttl);
  soa.ttl = integer_member(body, "ttl").value_or(soa.ttl);
  zone.set_soa(soa, world_.clock());
  return written();
}

Response OvhZones::export_text(const Request& request) {
  const Lock lock(mutex_);
  return ok(open(request.params.at("zone")).export_text());
}

Response OvhZones::dnssec(const Request& request) {
  const Lock lock(mutex_);
  const Dnssec& state = dnssec_[open(request.params.at("zone")).name()];
  const bool running = world_.clock() < state.since + options_.zone_rules.refresh_duration;
  return ok({{"status", std::string(state.enabled ? "enable" : "disable") + (running ? "InProgress" : "d")}});
}

Response OvhZones::set_dnssec(const Request& request, bool enabled) {
  const Lock lock(mutex_);
  Dnssec& state = dnssec_[open(request.params.at("zone")).name()];
  if (state.enabled != enabled) state = {enabled, world_.clock()};
  return ok(nullptr);
}

Response OvhZones::tasks(const Request& request) {
  const Lock lock(mutex_);
  Json ids = Json::array();
  for (const ZoneTask& task : open(request.params.at("zone")).tasks()) ids.push_back(task.id);
  return ok(ids);
}

Response OvhZones::task(const Request& request) {
  const Lock lock(mutex_);
  const std::int64_t id = path_id(request.params.at("id"));
  for (const ZoneTask& task : open(request.params.at("zone")).tasks())
    if (task.id == id) return ok(task_to_json(task));
  throw OvhRefusal(404, "Client::NotFound", fmt::format("The requested object (id = {}) does not exist", id));
}

Response OvhZones::history(const Request& request) {
  const Lock lock(mutex_);
  Json dates = Json::array();
  for (const Time time : open(request.params.at("zone")).history()) dates.push_back(ovh_time(time));
  return ok(dates);
}

std::optional<std::vector<std::string>> OvhZones::addresses(const std::string& host_name) {
  const Lock lock(mutex_);
  std::string name = fold_name(host_name);
  constexpr int longest_chain = 8;
  for (int hop = 0; hop < longest_chain; ++hop) {
    if (!name.empty() && name.back() == '.') name.pop_back();
    std::string apex = name;
    auto found = zones_.find(apex);
    while (found == zones_.end() && apex.find('.') != std::string::npos) {
      apex = apex.substr(apex.find('.') + 1);
      found = zones_.find(apex);
    }
    if (found == zones_.end()) return std::nullopt;
    found->second.advance(world_.clock());
    const auto records =
        found->second.resolve(name.size() == apex.size() ? "" : name.substr(0, name.size() - apex.size() - 1));
    if (!records) return std::nullopt;
    std::vector<std::string> addresses;
    const DnsRecord* alias = nullptr;
    for (const DnsRecord& record : *records) {
      if (record.type == "A" || record.type == "AAAA") addresses.push_back(record.target);
      if (record.type == "CNAME") alias = &record;
    }
    if (alias == nullptr) return addresses;
    name = fold_name(alias->target.back() == '.' ? alias->target : alias->target + "." + apex);
  }
  return std::nullopt;
}

void OvhZones::publish(Zone& zone) {
  zone.refresh(next_task_id_++, world_.clock());
  world_.ledger.changed("zone", zone.name(), zone.name(), Json{{"function", "refresh"}, {"by", "control"}}.dump());
}

std::int64_t OvhZones::add_foreign(const std::string& name, const DnsRecord& record, bool publish_zone) {
  const Lock lock(mutex_);
  Zone& zone = open(name);
  DnsRecord draft = record;
  draft.id = next_id_;
  const DnsRecord made = zone.create(draft, world_.clock());
  foreign_ids_.insert(next_id_++);
  world_.ledger.created("foreign-record", std::to_string(made.id), full_name(made, zone.name()),
                        record_to_json(made, zone.name()).dump());
  if (publish_zone) publish(zone);
  return made.id;
}

void OvhZones::remove_foreign(const std::string& name, std::int64_t id, bool publish_zone) {
  const Lock lock(mutex_);
  Zone& zone = open(name);
  drop(zone, id);
  if (publish_zone) publish(zone);
}

void OvhZones::renumber(const std::string& name) {
  const Lock lock(mutex_);
  Zone& zone = open(name);
  const std::vector<std::int64_t> before = zone.list(std::nullopt, std::nullopt);
  const std::int64_t first = next_id_;
  zone.renumber(next_id_, world_.clock());
  for (std::size_t i = 0; i < before.size(); ++i)
    if (foreign_ids_.erase(before[i]) > 0) foreign_ids_.insert(first + static_cast<std::int64_t>(i));
  world_.ledger.changed("zone", zone.name(), zone.name(), Json{{"function", "renumber"}, {"first", first}}.dump());
}

}  // namespace muster::sandbox
