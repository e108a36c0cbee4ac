#include "sandbox/nova_create.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sandbox/openstack_replies.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;
using Problem = std::optional<Response>;

constexpr std::size_t longest_user_data = 65535;
constexpr std::size_t most_tags = 50;

/// Members of "server" and the first microversion that knows them.
const std::map<std::string, int>& known_members() {
  static const std::map<std::string, int> members{{"name", 1},
                                                  {"flavorRef", 1},
                                                  {"imageRef", 1},
                                                  {"networks", 1},
                                                  {"adminPass", 1},
                                                  {"metadata", 1},
                                                  {"user_data", 1},
                                                  {"key_name", 1},
                                                  {"config_drive", 1},
                                                  {"min_count", 1},
                                                  {"max_count", 1},
                                                  {"return_reservation_id", 1},
                                                  {"accessIPv4", 1},
                                                  {"accessIPv6", 1},
                                                  {"OS-DCF:diskConfig", 1},
                                                  {"personality", 1},
                                                  {"security_groups", 1},
                                                  {"availability_zone", 1},
                                                  {"description", 19},
                                                  {"tags", 52},
                                                  {"block_device_mapping", 1},
                                                  {"hostname", 90},
                                                  {"host", 74},
                                                  {"block_device_mapping_v2", 1},
                                                  {"hypervisor_hostname", 74},
                                                  {"trusted_image_certificates", 63}};
  return members;
}

Problem check_members(const json& server, int version) {
  for (const char* required : {"name", "flavorRef"}) {
    if (!server.contains(required)) {
      return invalid_field("server", server, fmt::format("'{}' is a required property", required));
    }
  }
  if (version >= 37 && !server.contains("networks")) {
    return invalid_field("server", server, "'networks' is a required property");
  }
  for (const auto& [name, value] : server.items()) {
    const auto known = known_members().find(name);
    if (known == known_members().end() || known->second > version) {
      return invalid_field("server", server,
                           fmt::format("Additional properties are not allowed ('{}' was unexpected)", name));
    }
  }
  return std::nullopt;
}

Problem check_string(const json& server, const char* name, std::size_t longest) {
  if (!server.contains(name) || server[name].is_null()) return std::nullopt;
  const json& value = server[name];
  if (!value.is_string()) {
    return invalid_field(name, value, fmt::format("{} is not of type 'string'", python_repr(value)));
  }
  if (value.get_ref<const std::string&>().size() > longest) {
    return invalid_field(name, value, fmt::format("{} is too long", python_repr(value)));
  }
  return std::nullopt;
}

Problem read_counts(const json& server, ServerOrder& order) {
  int counts[] = {1, 1};
  const char* names[] = {"min_count", "max_count"};
  for (int i = 0; i < 2; ++i) {
    if (!server.contains(names[i])) continue;
    const json& value = server[names[i]];
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos || text.size() > 6) {
      return invalid_field(names[i], value, fmt::format("{} does not match '^[0-9]*$'", python_repr(value)));
    }
    counts[i] = std::stoi(text);
    if (counts[i] < 1) {
      return invalid_field(names[i], value, fmt::format("{} is less than the minimum of 1", python_repr(value)));
    }
  }
  if (server.contains("max_count") && counts[0] > counts[1]) {
    return nova_error(400, "min_count must be <= max_count");
  }
  order.count = std::max(counts[0], counts[1]);
  order.reservation = server.value("return_reservation_id", json(false)) == json(true);
  return std::nullopt;
}

Problem read_config_drive(const json& server, Server& model) {
  if (!server.contains("config_drive")) return std::nullopt;
  static const std::set<std::string> yes{"True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes"};
  static const std::set<std::string> no{"False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"};
  const json& value = server["config_drive"];
  const std::string text = value.is_string() ? value.get<std::string>() : python_repr(value);
  if (yes.count(text) == 0 && no.count(text) == 0) {
    return invalid_field("config_drive", value,
                         fmt::format("{} is not one of [True, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', "
                                     "'Yes', 'yes', False, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', "
                                     "'NO', 'No', 'no']",
                                     python_repr(value)));
  }
  model.config_drive = yes.count(text) != 0 ? "True" : "";
  return std::nullopt;
}

Problem read_image(const Cloud& cloud, const json& server, Server& model) {
  const json reference = server.value("imageRef", json(""));
  if (reference == "" && server.contains("block_device_mapping_v2")) return std::nullopt;
  if (reference == "") return nova_error(400, "Missing imageRef attribute");
  if (!reference.is_string() || !is_uuid(reference.get<std::string>())) {
    return invalid_field("imageRef", reference,
                         fmt::format("{} is not valid under any of the given schemas", python_repr(reference)));
  }
  const Image* image = cloud.image(reference.get<std::string>());
  if (image == nullptr) return nova_error(400, "Can not find requested image");
  if (image->min_disk_gb > model.flavor->disk_gb) {
    constexpr std::int64_t gibibyte = 1024 * 1024 * 1024;
    return nova_error(400, fmt::format("Flavor's disk is smaller than the minimum size specified in image metadata. "
                                       "Flavor disk is {} bytes, minimum size is {} bytes.",
                                       model.flavor->disk_gb * gibibyte, image->min_disk_gb * gibibyte));
  }
  model.image_id = image->id;
  return std::nullopt;
}

Problem check_networks_type(const json& server, int version) {
  if (!server.contains("networks")) return std::nullopt;
  const json& networks = server["networks"];
  if (networks.is_array() || (version >= 37 && (networks == "auto" || networks == "none"))) return std::nullopt;
  return invalid_field("networks", networks,
                       version >= 37
                           ? fmt::format("{} is not valid under any of the given schemas", python_repr(networks))
                           : fmt::format("{} is not of type 'array'", python_repr(networks)));
}

Problem read_networks(const Cloud& cloud, const json& server, Server& model) {
  const json networks = server.value("networks", json::array());
  model.on_network = networks != "none";
  if (!networks.is_array()) return std::nullopt;
  for (const json& network : networks) {
    const json port = network.value("port", json(nullptr));
    if (port.is_string()) {
      return nova_error(400, fmt::format("Port id {} could not be found.", port.get<std::string>()));
    }
    const std::string id = network.value("uuid", "");
    if (!is_uuid(id)) {
      return nova_error(400, fmt::format("Bad networks format: network uuid is not in proper format ({})", id));
    }
    if (id != cloud.network_id) return nova_error(400, fmt::format("Network {} could not be found.", id));
    model.wanted_v4 = network.value("fixed_ip", "");
  }
  return std::nullopt;
}

Problem read_security_groups(const json& server, const Neighbours& known, ServerOrder& order) {
  const json groups = server.value("security_groups", json::array());
  for (const json& group : groups) order.security_groups.push_back(group.value("name", ""));
  if (order.security_groups.empty()) order.security_groups = {"default"};
  for (const std::string& wanted : order.security_groups) {
    const auto found = known.security_group(wanted);
    if (!found) return nova_error(400, fmt::format("Unable to find security_group with name or id '{}'", wanted));
    order.model.security_groups.push_back(*found);
  }
  return std::nullopt;
}

/// Shapes only, in the order in which a schema error would hide the rest.
Problem check_shapes(const json& server, int version) {
  if (auto problem = check_members(server, version)) return problem;
  if (auto problem = check_server_name(server["name"])) return problem;
  for (const auto& [name, longest] : {std::pair{"user_data", longest_user_data},
                                      {"key_name", std::size_t{255}},
                                      {"availability_zone", std::size_t{255}},
                                      {"adminPass", std::size_t{255}},
                                      {"description", std::size_t{255}}}) {
    if (auto problem = check_string(server, name, longest)) return problem;
  }
  if (server.contains("hostname") && server["hostname"].is_string() &&
      server["hostname"].get_ref<const std::string&>().size() < 2) {
    return invalid_field("hostname", server["hostname"],
                         fmt::format("{} is too short", python_repr(server["hostname"])));
  }
  if (server.contains("metadata")) {
    if (auto problem = check_metadata(server["metadata"])) return problem;
  }
  if (server.contains("tags")) {
    if (auto problem = check_tags(server["tags"])) return problem;
  }
  return check_networks_type(server, version);
}

Problem read_plain_members(Nova& nova, const json& server, ServerOrder& order) {
  Server& model = order.model;
  model.name = server["name"].get<std::string>();
  model.description = server.value("description", "");
  if (server.contains("metadata")) model.metadata = server["metadata"].get<std::map<std::string, std::string>>();
  if (server.contains("tags")) model.tags = server["tags"].get<std::set<std::string>>();
  if (server.contains("user_data") && server["user_data"].is_string()) {
    model.user_data = std::make_shared<const std::string>(server["user_data"].get<std::string>());
  }
  order.admin_password = server.value("adminPass", nova.world().random.hex(12));
  const json& reference = server["flavorRef"];
  const std::string flavor = reference.is_string() ? reference.get<std::string>() : reference.dump();
  model.flavor = nova.cloud().flavor(flavor);
  if (model.flavor == nullptr) return nova_error(400, fmt::format("Flavor {} could not be found.", flavor));
  return std::nullopt;
}

}  // namespace

Problem check_server_name(const json& name) {
  if (!name.is_string()) {
    return invalid_field("name", name, fmt::format("{} is not of type 'string'", python_repr(name)));
  }
  const auto& text = name.get_ref<const std::string&>();
  if (text.empty()) return invalid_field("name", name, "'' is too short");
  if (text.size() > 255) return invalid_field("name", name, fmt::format("{} is too long", python_repr(name)));
  if (text.front() == ' ' || text.back() == ' ') {
    return nova_error(400,
                      "An invalid 'name' value was provided. The name must be: printable characters. Can not "
                      "start or end with whitespace.");
  }
  return std::nullopt;
}

Problem check_metadata(const json& metadata) {
  if (!metadata.is_object()) {
    return invalid_field("metadata", metadata, fmt::format("{} is not of type 'object'", python_repr(metadata)));
  }
  static const std::string allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:. ";
  for (const auto& [key, value] : metadata.items()) {
    if (key.empty() || key.size() > 255 || key.find_first_not_of(allowed) != std::string::npos) {
      return invalid_field("metadata", metadata,
                           fmt::format("{} does not match any of the regexes: "
                                       "'^[a-zA-Z0-9-_:. ]{{1,255}}$'",
                                       python_repr(json(key))));
    }
    if (!value.is_string()) {
      return invalid_field(key, value, fmt::format("{} is not of type 'string'", python_repr(value)));
    }
    if (value.get_ref<const std::string&>().size() > 255) {
      return invalid_field(key, value, fmt::format("{} is too long", python_repr(value)));
    }
  }
  return std::nullopt;
}

Problem check_tags(const json& tags) {
  if (!tags.is_array()) {
    return invalid_field("tags", tags, fmt::format("{} is not of type 'array'", python_repr(tags)));
  }
  if (tags.size() > most_tags) return invalid_field("tags", tags, fmt::format("{} is too long", python_repr(tags)));
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const json& tag = tags[i];
    const std::string position = std::to_string(i);
    if (!tag.is_string()) {
      return invalid_field(position, tag, fmt::format("{} is not of type 'string'", python_repr(tag)));
    }
    const auto& text = tag.get_ref<const std::string&>();
    if (text.size() > 60) return invalid_field(position, tag, fmt::format("{} is too long", python_repr(tag)));
    if (text.find_first_of(",/") != std::string::npos) {
      return invalid_field(position, tag, fmt::format("{} does not match '^[^,/]*$'", python_repr(tag)));
    }
  }
  return std::nullopt;
}

std::variant<ServerOrder, Response> read_server_order(Nova& nova, const NovaCall& call, const Neighbours& known) {
  const auto body = json_object(call.request.body);
  if (!body) return nova_error(400, "Malformed request body");
  if (!body->contains("server")) return nova_error(400, "'server' is a required property");
  const json& server = (*body)["server"];
  if (!server.is_object()) {
    return invalid_field("server", server, fmt::format("{} is not of type 'object'", python_repr(server)));
  }
  ServerOrder order;
  if (auto problem = check_shapes(server, call.version)) return *problem;
  if (auto problem = read_counts(server, order)) return *problem;
  if (auto problem = read_config_drive(server, order.model)) return *problem;
  if (auto problem = read_plain_members(nova, server, order)) return *problem;
  const std::string zone = server.value("availability_zone", "nova");
  if (zone != "nova") return nova_error(400, "The requested availability zone is not available");
  if (server.contains("key_name") && server["key_name"].is_string()) {
    order.model.key_name = server["key_name"].get<std::string>();
    if (!known.key_pair(order.model.key_name)) return nova_error(400, "Invalid key_name provided.");
  }
  if (auto problem = read_image(nova.cloud(), server, order.model)) return *problem;
  if (auto problem = read_networks(nova.cloud(), server, order.model)) return *problem;
  if (order.model.metadata.size() > most_metadata) {
    return nova_error(403, fmt::format("Maximum number of metadata items exceeds {}", most_metadata));
  }
  if (auto problem = read_security_groups(server, known, order)) return *problem;
  return order;
}

}  // namespace muster::sandbox
