#include "resources/ipd/stamp.h"

#include <nlohmann/json.hpp>

#include "resources/ipd/json_text.h"
#include "resources/net/json_body.h"

namespace muster::ipd_driver {
namespace {

using Json = nlohmann::json;

}  // namespace

std::string to_words(const OwnerWords& owner) {
  Json words{{"muster", owner.stamp.fleet},
             {"id", owner.stamp.id.to_string()},
             {"incarnation", owner.stamp.incarnation.to_string()},
             {"form", owner.stamp.form},
             {"revision", owner.stamp.revision.to_string()}};
  if (owner.stamp.protect) words["protect"] = true;
  if (!owner.put_back.empty()) words["put_back"] = owner.put_back;
  return words.dump();
}

std::optional<OwnerWords> owner_from(std::string_view words) {
  const Json json = net::json_body(words);
  if (!json.is_object()) return std::nullopt;
  const auto id = parse_resource_id(text_at(json, "id"));
  const auto incarnation = parse_incarnation(text_at(json, "incarnation"));
  const auto revision = parse_revision(text_at(json, "revision"));
  const std::string fleet = text_at(json, "muster");
  const auto form = json.find("form");
  if (fleet.empty() || !id || !incarnation || !revision || form == json.end() || !form->is_number_integer())
    return std::nullopt;
  OwnerWords owner;
  owner.stamp.fleet = fleet;
  owner.stamp.id = *id;
  owner.stamp.incarnation = *incarnation;
  owner.stamp.form = form->get<int>();
  owner.stamp.revision = *revision;
  owner.stamp.protect = json.value("protect", Json(false)) == Json(true);
  owner.put_back = text_at(json, "put_back");
  return owner;
}

std::string words_of_release(const std::string& fleet) { return Json{{"released_by", fleet}}.dump(); }

bool is_released_by(std::string_view words, const std::string& fleet) {
  const Json json = net::json_body(words);
  return json.is_object() && json.contains("released_by") && text_at(json, "released_by") == fleet;
}

}  // namespace muster::ipd_driver
