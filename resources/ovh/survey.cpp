#include "resources/ovh/survey.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/ovh/api_error.h"
#include "resources/ovh/names.h"

namespace muster::ovh {
namespace {

bool is_of_the_zone(const Error& error) {
  if (const auto* refused = dynamic_cast<const ApiError*>(&error)) return !refused->answer().concerns_account();
  return error.fault() == Fault::permanent;
}

/// What the account has instead of `zone`, as the end of a hint; empty when its key may not tell.
std::string zones_there_are(OvhSession& session, const std::string& zone, Context& context) {
  std::vector<std::string> names;
  try {
    const nlohmann::json listed = session.client().get("/domain/zone", context);
    for (const nlohmann::json& name : listed) {
      if (name.is_string()) names.push_back(name.get<std::string>());
    }
  } catch (const ApiError&) {
    // The right to list zones is none of those that muster needs.
    return {};
  }
  if (names.empty()) return "; the account has no zone at all";
  std::sort(names.begin(), names.end());
  const std::string near = did_you_mean(zone, names);
  if (!near.empty()) return fmt::format("; did you mean {}?", near);
  constexpr std::size_t most = 12;
  const bool is_long = names.size() > most;
  if (is_long) names.resize(most);
  return fmt::format("; it has {}{}", fmt::join(names, ", "), is_long ? ", ..." : "");
}

std::string words_for(const Error& error, OvhSession& session, const std::string& zone, Context& context) {
  std::string words = error.hint().empty() ? error.message() : error.message() + "; " + error.hint();
  const auto* refused = dynamic_cast<const ApiError*>(&error);
  if (refused != nullptr && refused->answer().refusal == Refusal::no_such_service) {
    words += zones_there_are(session, zone, context);
  }
  return words;
}

}  // namespace

void survey(OvhSession& session, const std::set<std::string>& zones, const std::string& fleet, Context& context,
            const std::function<void(const ZoneView&)>& read,
            const std::function<void(const std::string& zone, const ZoneFailure& why)>& failed) {
  for (const std::string& zone : zones) {
    ZoneApi api(session, zone, context);
    RRsets sets;
    try {
      sets = api.read_all();
    } catch (const Error& error) {
      if (!is_of_the_zone(error)) throw;
      failed(zone, {words_for(error, session, zone, context), error.fault() == Fault::transient});
      continue;
    }
    const Scopes scopes(sets, fleet);
    read(ZoneView{api, sets, scopes});
  }
}

std::set<std::string> zones_of(const ObserveRequest& request, const OvhSession& session) {
  std::set<std::string> zones;
  for (const Resource& resource : request.wanted) zones.insert(zone_of(resource.id));
  for (const Observed& known : request.known) zones.insert(zone_of(known.id));
  for (const ResourceId& mark : request.marks)
    if (mark.kind == scope_kind) zones.insert(zone_of(mark));
  if (request.reach == ObserveRequest::Reach::scope)
    for (const std::string& zone : session.zones()) zones.insert(fold_name(zone));
  return zones;
}

void add_unknown(const ObserveRequest& request, const std::string& zone, const ZoneFailure& why, Observation& to) {
  std::map<ResourceId, Observed> unknown;
  for (const Observed& known : request.known)
    if (zone_of(known.id) == zone) unknown[known.id] = known;
  for (const Resource& resource : request.wanted)
    if (zone_of(resource.id) == zone) unknown.try_emplace(resource.id);
  for (auto& [id, object] : unknown) {
    object.id = id;
    if (object.backend_id.empty()) object.backend_id = id.name;
    // What was not known to be ours for certain must not seem so once the zone can be read again.
    if (!object.attributes.is_map() || object.condition == Condition::incomplete) object.attributes = Map{};
    object.condition = Condition::unknown;
    object.evidence = why.words;
    to.objects.push_back(std::move(object));
  }
  to.why_incomplete += (to.why_incomplete.empty() ? "" : "\n") + why.words;
  if (why.may_pass) to.complete = false;
}

Stamp stamp_of(const ResourceId& id, const ScopeText& text) {
  Stamp stamp;
  stamp.fleet = text.fleet;
  stamp.id = id;
  stamp.revision = text.revision;
  return stamp;
}

}  // namespace muster::ovh
