#include "sandbox/security_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <variant>

#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

json number_or_null(const std::optional<int>& number) { return number ? json(*number) : json(nullptr); }

std::string text_of(const json& object, const char* name, const char* otherwise = "") {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::optional<int> number_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<int>();
}

/// The object under `name` in the body, or Neutron's refusal.
std::variant<json, Response> body_member(const Request& request, const char* name) {
  const auto body = json_object(request.body);
  if (!body) return neutron_error(400, "HTTPBadRequest", "Body contains invalid data");
  if (!body->contains(name) || !(*body)[name].is_object()) {
    return neutron_error(400, "HTTPBadRequest", fmt::format("Unable to find '{}' in request body", name));
  }
  return (*body)[name];
}

Response no_such_group(const std::string& id) {
  return neutron_error(404, "SecurityGroupNotFound", fmt::format("Security group {} does not exist", id));
}

}  // namespace

SecurityGroups::SecurityGroups(World& world, const Cloud& cloud) : world_(world), cloud_(cloud) {
  Group& group = make_group("default", "Default security group");
  default_id_ = group.id;
  for (const char* ethertype : {"IPv4", "IPv6"}) {
    Rule rule;
    rule.direction = "ingress";
    rule.ethertype = ethertype;
    rule.remote_group_id = group.id;
    add_rule(group, rule);
  }
}

SecurityGroups::Group& SecurityGroups::make_group(std::string name, std::string description) {
  Group group;
  group.id = world_.random.uuid();
  group.name = std::move(name);
  group.description = std::move(description);
  group.created = group.updated = world_.clock();
  Group& kept = groups_.emplace(group.id, std::move(group)).first->second;
  for (const char* ethertype : {"IPv4", "IPv6"}) {
    Rule rule;
    rule.direction = "egress";
    rule.ethertype = ethertype;
    add_rule(kept, rule);
  }
  return kept;
}

SecurityGroups::Rule& SecurityGroups::add_rule(Group& group, Rule rule) {
  rule.id = world_.random.uuid();
  rule.group_id = group.id;
  rule.created = world_.clock();
  group.rule_ids.push_back(rule.id);
  return rules_.emplace(rule.id, std::move(rule)).first->second;
}

std::optional<GroupReference> SecurityGroups::find(const std::string& name_or_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const auto& entry) {
    return entry.first == name_or_id || entry.second.name == name_or_id;
  });
  if (found == groups_.end()) return std::nullopt;
  return GroupReference{found->first, found->second.name};
}

json SecurityGroups::view(const Rule& rule) const {
  return {{"id", rule.id},
          {"tenant_id", cloud_.project_id},
          {"project_id", cloud_.project_id},
          {"security_group_id", rule.group_id},
          {"ethertype", rule.ethertype},
          {"direction", rule.direction},
          {"protocol", text_or_null(rule.protocol)},
          {"port_range_min", number_or_null(rule.port_min)},
          {"port_range_max", number_or_null(rule.port_max)},
          {"remote_ip_prefix", text_or_null(rule.remote_prefix)},
          {"remote_address_group_id", nullptr},
          {"normalized_cidr", text_or_null(rule.remote_prefix)},
          {"remote_group_id", text_or_null(rule.remote_group_id)},
          {"description", text_or_null(rule.description)},
          {"created_at", second_time(rule.created)},
          {"updated_at", second_time(rule.created)},
          {"revision_number", 0}};
}

json SecurityGroups::view(const Group& group) const {
  json rules = json::array();
  for (const std::string& id : group.rule_ids) {
    rules.push_back(view(rules_.at(id)));
    rules.back()["tags"] = json::array();
  }
  return {{"id", group.id},
          {"name", group.name},
          {"stateful", true},
          {"tenant_id", cloud_.project_id},
          {"project_id", cloud_.project_id},
          {"description", group.description},
          {"shared", false},
          {"security_group_rules", rules},
          {"tags", json::array()},
          {"created_at", second_time(group.created)},
          {"updated_at", second_time(group.updated)},
          {"revision_number", group.revision}};
}

std::vector<json> SecurityGroups::groups() const {
  const std::lock_guard lock(mutex_);
  std::vector<json> all;
  for (const auto& [id, group] : groups_) all.push_back(view(group));
  return all;
}

std::vector<json> SecurityGroups::rules() const {
  const std::lock_guard lock(mutex_);
  std::vector<json> all;
  for (const auto& [id, rule] : rules_) all.push_back(view(rule));
  return all;
}

Response SecurityGroups::create_group(const Request& request) {
  const auto given = body_member(request, "security_group");
  if (const auto* refusal = std::get_if<Response>(&given)) return *refusal;
  const json& wanted = std::get<json>(given);
  const std::lock_guard lock(mutex_);
  const Group& group = make_group(text_of(wanted, "name"), text_of(wanted, "description"));
  world_.ledger.created("security_group", group.id, group.name);
  return json_response(201, {{"security_group", view(group)}});
}

Response SecurityGroups::update_group(const Request& request) {
  const auto given = body_member(request, "security_group");
  if (const auto* refusal = std::get_if<Response>(&given)) return *refusal;
  const json& wanted = std::get<json>(given);
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(request.params.at("id"));
  if (found == groups_.end()) return no_such_group(request.params.at("id"));
  Group& group = found->second;
  group.name = text_of(wanted, "name", group.name.c_str());
  group.description = text_of(wanted, "description", group.description.c_str());
  group.updated = world_.clock();
  ++group.revision;
  world_.ledger.changed("security_group", group.id, group.name);
  return json_response(200, {{"security_group", view(group)}});
}

Response SecurityGroups::remove_group(const Request& request, const std::function<bool(const std::string&)>& in_use) {
  const std::string& id = request.params.at("id");
  const bool used = in_use(id);
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(id);
  if (found == groups_.end()) return no_such_group(id);
  if (id == default_id_) {
    return neutron_error(409, "SecurityGroupCannotRemoveDefault",
                         "Insufficient rights for removing default security "
                         "group.");
  }
  if (used) return neutron_error(409, "SecurityGroupInUse", fmt::format("Security Group {} in use.", id));
  for (const std::string& rule : found->second.rule_ids) rules_.erase(rule);
  world_.ledger.deleted("security_group", id, found->second.name);
  groups_.erase(found);
  return {204, {}, ""};
}

Response SecurityGroups::create_rule(const Request& request) {
  const auto given = body_member(request, "security_group_rule");
  if (const auto* refusal = std::get_if<Response>(&given)) return *refusal;
  const json& wanted = std::get<json>(given);
  for (const char* required : {"security_group_id", "direction"}) {
    if (!wanted.contains(required)) {
      return neutron_error(400, "HTTPBadRequest",
                           fmt::format("Failed to parse request. Required attribute '{}' not specified", required));
    }
  }
  Rule rule;
  rule.direction = text_of(wanted, "direction");
  rule.ethertype = text_of(wanted, "ethertype", "IPv4");
  rule.protocol = text_of(wanted, "protocol");
  rule.port_min = number_of(wanted, "port_range_min");
  rule.port_max = number_of(wanted, "port_range_max");
  rule.remote_prefix = text_of(wanted, "remote_ip_prefix");
  rule.remote_group_id = text_of(wanted, "remote_group_id");
  rule.description = text_of(wanted, "description");
  const std::string group_id = text_of(wanted, "security_group_id");
  const auto key = [](const Rule& one) {
    return std::tie(one.direction, one.ethertype, one.protocol, one.port_min, one.port_max, one.remote_prefix,
                    one.remote_group_id);
  };
  const std::lock_guard lock(mutex_);
  const auto group = groups_.find(group_id);
  if (group == groups_.end()) return no_such_group(group_id);
  for (const std::string& id : group->second.rule_ids) {
    if (key(rules_.at(id)) != key(rule)) continue;
    return neutron_error(409, "SecurityGroupRuleExists",
                         fmt::format("Security group rule already exists. Rule id is {}.", id));
  }
  const Rule& kept = add_rule(group->second, std::move(rule));
  world_.ledger.created("security_group_rule", kept.id, group->second.name);
  return json_response(201, {{"security_group_rule", view(kept)}});
}

Response SecurityGroups::remove_rule(const Request& request) {
  const std::string& id = request.params.at("id");
  const std::lock_guard lock(mutex_);
  const auto found = rules_.find(id);
  if (found == rules_.end()) {
    return neutron_error(404, "SecurityGroupRuleNotFound", fmt::format("Security group rule {} does not exist", id));
  }
  Group& group = groups_.at(found->second.group_id);
  std::erase(group.rule_ids, id);
  world_.ledger.deleted("security_group_rule", id, group.name);
  rules_.erase(found);
  return {204, {}, ""};
}

}  // namespace muster::sandbox
