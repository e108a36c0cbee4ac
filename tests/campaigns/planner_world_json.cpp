#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "resources/contract/error.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

Json json_of(const Value& value) { return Json::parse(to_canonical_json(value)); }
Value value_from(const Json& json) { return value_from_json(json.dump()); }

ResourceId id_from(const Json& json) {
  const auto id = parse_resource_id(json.get<std::string>());
  if (!id) throw Error(Fault::invalid, fmt::format("{} is no id", json.dump()));
  return *id;
}

Json json_of(Time time) { return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count(); }
Time time_from(const Json& json) { return Time(seconds(json.get<std::int64_t>())); }

template <typename Ids>
Json ids_json(const Ids& ids) {
  Json list = Json::array();
  for (const ResourceId& id : ids) list.push_back(id.to_string());
  return list;
}

std::vector<ResourceId> ids_from(const Json& json) {
  std::vector<ResourceId> ids;
  for (const Json& one : json) ids.push_back(id_from(one));
  return ids;
}

/// Puts a member only where it says something, so that a small world is a small file.
template <typename T>
void put(Json& json, const char* name, const T& value) {
  Json written(value);
  if (!written.is_null() && written != Json(T()) && !((written.is_array() || written.is_object()) && written.empty()))
    json[name] = std::move(written);
}

template <typename T>
void take(const Json& json, const char* name, T& value) {
  if (const auto found = json.find(name); found != json.end()) value = found->get<T>();
}

Json json_of(const Lifecycle& lifecycle) {
  Json json = Json::object();
  if (lifecycle.protect != Protection::unsaid) json["protect"] = lifecycle.protect == Protection::on;
  put(json, "replace", static_cast<int>(lifecycle.replace));
  put(json, "report_failed", lifecycle.on_failed == OnFailed::report);
  const Roll& roll = lifecycle.roll;
  if (roll != Roll{}) json["roll"] = {roll.batch, roll.max_unavailable, roll.surge};
  if (lifecycle.from) json["from"] = json_of(*lifecycle.from);
  if (lifecycle.until) json["until"] = json_of(*lifecycle.until);
  return json;
}

Lifecycle lifecycle_from(const Json& json) {
  Lifecycle lifecycle;
  if (const auto protect = json.find("protect"); protect != json.end())
    lifecycle.protect = protect->get<bool>() ? Protection::on : Protection::off;
  lifecycle.replace = static_cast<ReplacePolicy>(json.value("replace", 0));
  if (json.value("report_failed", false)) lifecycle.on_failed = OnFailed::report;
  if (json.contains("roll")) lifecycle.roll = {json["roll"].at(0), json["roll"].at(1), json["roll"].at(2)};
  if (json.contains("from")) lifecycle.from = time_from(json["from"]);
  if (json.contains("until")) lifecycle.until = time_from(json["until"]);
  return lifecycle;
}

Json json_of(const Resource& resource) {
  Json json{{"id", resource.id.to_string()}, {"wanted", json_of(resource.wanted)}};
  put(json, "candidates", resource.connection.candidates);
  if (const auto& offered = resource.connection.offered) {
    json["offered"] = {{"kind", offered->kind}, {"by", offered->by.to_string()}, {"spec", json_of(offered->spec)}};
  }
  put(json, "needs", ids_json(resource.needs));
  put(json, "follows", ids_json(resource.follows));
  if (resource.inside) json["inside"] = resource.inside->to_string();
  put(json, "lifecycle", json_of(resource.lifecycle));
  put(json, "group", resource.group);
  put(json, "file", resource.origin.file);
  return json;
}

Resource resource_from(const Json& json) {
  Resource resource;
  resource.id = id_from(json.at("id"));
  resource.wanted = value_from(json.at("wanted"));
  take(json, "candidates", resource.connection.candidates);
  if (const auto found = json.find("offered"); found != json.end()) {
    resource.connection.offered = {found->at("kind"), id_from(found->at("by")), value_from(found->at("spec"))};
  }
  resource.needs = ids_from(json.value("needs", Json::array()));
  resource.follows = ids_from(json.value("follows", Json::array()));
  if (json.contains("inside")) resource.inside = id_from(json["inside"]);
  resource.lifecycle = lifecycle_from(json.value("lifecycle", Json::object()));
  take(json, "group", resource.group);
  take(json, "file", resource.origin.file);
  resource.origin.line = resource.origin.file.empty() ? 0 : 1;
  return resource;
}

Json json_of(const Stamp& stamp) {
  Json json{{"incarnation", stamp.incarnation.bits}, {"form", stamp.form}};
  put(json, "digests", stamp.digests);
  if (stamp.revision.time != 0) json["revision"] = {stamp.revision.time, stamp.revision.id};
  put(json, "protect", stamp.protect);
  return json;
}

Revision revision_from(const Json& json) { return {json.at(0), json.at(1)}; }

Stamp stamp_from(const Json& json, const ResourceId& id) {
  Stamp stamp{.fleet = "f1", .id = id, .incarnation = {json.at("incarnation")}, .form = json.at("form")};
  take(json, "digests", stamp.digests);
  if (json.contains("revision")) stamp.revision = revision_from(json["revision"]);
  take(json, "protect", stamp.protect);
  return stamp;
}

Json json_of(const Observed& object) {
  Json json{{"id", object.id.to_string()},
            {"backend_id", object.backend_id},
            {"ownership", to_string(object.ownership)},
            {"condition", to_string(object.condition)},
            {"attributes", json_of(object.attributes)},
            {"created", json_of(object.created)}};
  put(json, "connection", object.connection);
  if (object.stamp) json["stamp"] = json_of(*object.stamp);
  put(json, "ever_ready", object.ever_ready);
  return json;
}

Observed object_from(const Json& json) {
  Observed object;
  object.id = id_from(json.at("id"));
  object.backend_id = json.at("backend_id");
  object.ownership = ownership_from(json.at("ownership").get<std::string>());
  object.condition = condition_from(json.at("condition").get<std::string>());
  object.attributes = value_from(json.at("attributes"));
  object.created = time_from(json.at("created"));
  take(json, "connection", object.connection);
  if (json.contains("stamp")) object.stamp = stamp_from(json["stamp"], object.id);
  take(json, "ever_ready", object.ever_ready);
  return object;
}

void put_memory(Json& json, const World& world) {
  for (const auto& [scope, why] : world.unread) json["unread"].push_back({scope.connection, scope.kind, why});
  for (const plan::OpenCreate& open : world.open_creates) {
    json["open_creates"].push_back({{"id", open.id.to_string()},
                                    {"connection", open.connection},
                                    {"incarnation", open.incarnation.bits},
                                    {"quiet_until", json_of(open.quiet_until)}});
  }
  for (const plan::Debt& debt : world.debts) json["debts"].push_back({debt.connection, debt.target.to_string()});
  for (const auto& [connection, id] : world.claims) json["claims"].push_back({connection, id.to_string()});
  for (const auto& [id, digests] : world.applied) json["applied"][id.to_string()] = digests;
  put(json, "known", ids_json(world.known));
}

void take_memory(const Json& json, World& world) {
  const auto each = [&json](const char* name) { return json.value(name, Json::array()); };
  for (const Json& one : each("unread")) world.unread[{one.at(0), one.at(1)}] = one.at(2);
  for (const Json& one : each("open_creates")) {
    world.open_creates.push_back(
        {id_from(one.at("id")), one.at("connection"), {one.at("incarnation")}, time_from(one.at("quiet_until"))});
  }
  for (const Json& one : each("debts")) world.debts.push_back({one.at(0), id_from(one.at(1))});
  for (const Json& one : each("claims")) world.claims.emplace(one.at(0), id_from(one.at(1)));
  const Json applied = json.value("applied", Json::object());
  for (const auto& [id, digests] : applied.items()) world.applied[id_from(id)] = digests;
  for (const Json& one : each("known")) world.known.insert(id_from(one));
}

void put_options(Json& json, const World& world) {
  if (world.revision.time != 0) json["revision"] = {world.revision.time, world.revision.id};
  json["guard"] = {world.guard.count, world.guard.percent};
  for (const auto& [kind, limit] : world.guard_by_kind) json["guard_by_kind"][kind] = {limit.count, limit.percent};
  put(json, "destroy", world.options.goal == plan::Goal::destroy);
  if (world.options.allow >= 0) json["allow"] = world.options.allow;
  put(json, "rollback", world.options.rollback);
  put(json, "partial", world.options.partial);
  put(json, "leftovers", world.options.leftovers);
  put(json, "only", world.only);
  put(json, "except", world.except);
}

void take_options(const Json& json, World& world) {
  const auto limit = [](const Json& pair) { return plan::GuardLimit{pair.at(0), pair.at(1)}; };
  if (json.contains("revision")) world.revision = revision_from(json["revision"]);
  world.guard = limit(json.at("guard"));
  const Json by_kind = json.value("guard_by_kind", Json::object());
  for (const auto& [kind, pair] : by_kind.items()) world.guard_by_kind[kind] = limit(pair);
  if (json.value("destroy", false)) world.options.goal = plan::Goal::destroy;
  take(json, "allow", world.options.allow);
  take(json, "rollback", world.options.rollback);
  take(json, "partial", world.options.partial);
  take(json, "leftovers", world.options.leftovers);
  take(json, "only", world.only);
  take(json, "except", world.except);
}

}  // namespace

std::string to_json(const World& world) {
  Json json{
      {"seed", world.seed}, {"now", json_of(world.now)}, {"resources", Json::array()}, {"objects", Json::array()}};
  for (const Resource& resource : world.resources) json["resources"].push_back(json_of(resource));
  for (const Observed& object : world.objects) json["objects"].push_back(json_of(object));
  put_memory(json, world);
  put_options(json, world);
  return json.dump(1) + "\n";
}

World world_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    World world;
    world.seed = json.at("seed");
    world.now = time_from(json.at("now"));
    for (const Json& one : json.at("resources")) world.resources.push_back(resource_from(one));
    for (const Json& one : json.at("objects")) world.objects.push_back(object_from(one));
    take_memory(json, world);
    take_options(json, world);
    return world;
  } catch (const nlohmann::json::exception& error) {
    throw Error(Fault::invalid, fmt::format("no world: {}", error.what()));
  }
}

World read_world(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw Error(Fault::usage, fmt::format("cannot read {}", file.string()));
  std::stringstream text;
  text << stream.rdbuf();
  return world_from_json(text.str());
}

void write_world(const World& world, const std::filesystem::path& file) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file);
  stream << to_json(world);
  if (!stream.flush()) throw Error(Fault::permanent, fmt::format("cannot write {}", file.string()));
}

}  // namespace muster::campaign
