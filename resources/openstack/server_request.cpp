#include "resources/openstack/server_request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/contract/user_data.h"
#include "resources/openstack/stamp_metadata.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// Below it the create call refuses tags.
constexpr int microversion_with_tags = 52;

json texts(const Value& value) {
  json list = json::array();
  if (!value.is_list()) return list;
  for (const Value& item : value.as_list()) list.push_back(item.as_string());
  return list;
}

std::string encoded_user_data(const std::string& text) {
  if (base64_size(text.size()) > most_encoded_user_data) {
    throw Error(Fault::invalid,
                fmt::format("the user data takes {} encoded bytes, Nova accepts {}", base64_size(text.size()),
                            most_encoded_user_data),
                "shorten the post-install script, or let it fetch its larger part");
  }
  return base64(text);
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(base64_size(bytes.size()));
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) text += j <= count ? digits[group >> (18 - 6 * j) & 63u] : '=';
  }
  return text;
}

std::string create_body(const Value& wanted, const Stamp& stamp, Client& client, Names& names, Context& context) {
  json server{{"name", wanted.string_at("name")},
              {"imageRef", names.image(wanted.string_at("image"), context).id},
              {"flavorRef", names.flavor(wanted.string_at("flavor"), context).id},
              {"networks", {{{"uuid", names.network(wanted.string_at("network"), context).id}}}},
              {"metadata", metadata_from(stamp)}};
  if (const std::string key_pair = wanted.string_at("key_pair"); !key_pair.empty()) server["key_name"] = key_pair;
  for (const json& group : texts(wanted.at("security_groups"))) {
    server["security_groups"].push_back({{"name", names.security_group_id(group.get<std::string>(), context)}});
  }
  if (const std::string text = wanted.string_at("user_data"); !text.empty()) {
    server["user_data"] = encoded_user_data(text);
  }
  if (json tags = texts(wanted.at("tags")); !tags.empty()) {
    if (client.microversion(context) < microversion_with_tags) {
      throw Error(
          Fault::invalid,
          fmt::format("this Nova speaks 2.{}; tags need 2.{}", client.microversion(context), microversion_with_tags),
          "remove the tags");
    }
    server["tags"] = std::move(tags);
  }
  return json{{"server", server}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace muster::openstack
