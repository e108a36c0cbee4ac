#include "resources/ovh/preflight.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "resources/net/clock_watch.h"
#include "resources/ovh/names.h"
#include "resources/ovh/rrset_driver.h"
#include "resources/ovh/survey.h"

namespace muster::ovh {
namespace {

constexpr std::int64_t least_ttl = 60;

bool is_address(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, text.c_str(), bytes.data()) == 1;
}

bool matches(std::string_view text, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= text.size(); ++at)
    if (matches(text.substr(at), rest)) return true;
  return false;
}

struct Need {
  std::string method;
  std::string below;
  auto operator<=>(const Need&) const = default;
};

std::set<Need> needs_of(Verb verb) {
  std::set<Need> needs{{"GET", "/record"}, {"GET", "/record/*"}, {"PUT", "/record/*"}, {"POST", "/refresh"}};
  if (verb == Verb::adopt) return needs;
  if (verb != Verb::remove) needs.insert({"POST", "/record"});
  if (verb != Verb::create) needs.insert({"DELETE", "/record/*"});
  return needs;
}

std::vector<std::string> not_granted(const std::vector<AccessRule>& rules, const std::string& zone,
                                     const std::set<Need>& needs) {
  std::vector<std::string> missing;
  for (const Need& need : needs) {
    // A rule for one record would not do: the path stands for any id.
    const std::string path = fmt::format("/domain/zone/{}{}", zone, need.below);
    const bool granted = std::any_of(rules.begin(), rules.end(),
                                     [&](const AccessRule& rule) { return allows(rule, need.method, path); });
    if (!granted) missing.push_back(need.method + " " + path);
  }
  return missing;
}

/// Of a write: what it is about, whether its manifest is there or not.
const ResourceId& id_of(const PlannedWrite& write) {
  return write.resource != nullptr ? write.resource->id : write.observed->id;
}

Diagnostic problem(const PlannedWrite& write, std::string message, std::string hint) {
  return {Severity::error, write.resource != nullptr ? write.resource->origin : Origin{},
          fmt::format("{}: {}", id_of(write).to_string(), message), std::move(hint)};
}

/// What a refresh of the zone would meet; nothing when it works, or was tried before.
std::optional<Diagnostic> try_refresh(OvhSession& session, const std::string& zone, Context& context) {
  if (!session.begin_refresh_trial(zone)) return std::nullopt;
  try {
    // A refresh that is refused because another one runs was granted all the same.
    ZoneApi(session, zone, context).refresh();
    return std::nullopt;
  } catch (const Error& error) {
    const auto* refused = dynamic_cast<const ApiError*>(&error);
    if (error.fault() == Fault::interrupted || (refused != nullptr && refused->answer().concerns_account())) throw;
    if (error.fault() == Fault::denied)
      return Diagnostic{
          Severity::error,
          {},
          fmt::format("records of zone {} would be written but never published: {}", zone, error.message()),
          error.hint()};
    return Diagnostic{
        Severity::warning,
        {},
        fmt::format("whether zone {} may be published could not be tried: {}", zone, error.message()),
        "without the right POST /domain/zone/" + zone + "/refresh records would be written but never published"};
  }
}

/// Where the trial would be a write too many: once per zone and session, in one line.
std::optional<Diagnostic> leave_to_apply(OvhSession& session, const std::set<std::string>& zones) {
  std::vector<std::string> untold;
  for (const std::string& zone : zones)
    if (session.begin_refresh_warning(zone)) untold.push_back(zone);
  if (untold.empty()) return std::nullopt;
  return Diagnostic{Severity::warning,
                    {},
                    fmt::format("whether {} may be published is not known: OVH does not tell the rights of the login; "
                                "it is tried before the first write",
                                fmt::join(untold, ", ")),
                    {}};
}

bool sets_something(const PlannedWrite& write) {
  return write.resource != nullptr &&
         (write.verb == Verb::create || write.verb == Verb::update || write.verb == Verb::replace);
}

/// Types at each name of one zone once the plan is carried out.
using Types = std::map<std::string, std::set<std::string>>;

Types types_after(const RRsets& standing, const std::vector<const PlannedWrite*>& writes) {
  Types types;
  for (const auto& [key, set] : standing) types[key.name].insert(key.type);
  for (const PlannedWrite* write : writes) {
    const RRsetKey key = rrset_name(id_of(*write)).key;
    if (!sets_something(*write)) types[key.name].erase(key.type);
  }
  for (const PlannedWrite* write : writes) {
    const RRsetKey key = rrset_name(id_of(*write)).key;
    if (sets_something(*write)) types[key.name].insert(key.type);
  }
  return types;
}

void check_clashes(const std::vector<const PlannedWrite*>& writes, const RRsets& standing,
                   std::vector<Diagnostic>& found) {
  const Types types = types_after(standing, writes);
  for (const PlannedWrite* write : writes) {
    if (!sets_something(*write)) continue;
    const auto [zone, key] = rrset_name(write->resource->id);
    const std::set<std::string>& there = types.at(key.name);
    if (there.size() == 1 || there.count("CNAME") == 0) continue;
    found.push_back(
        problem(*write, fmt::format("a CNAME stands alone at its name, but there would be {}", fmt::join(there, ", ")),
                "remove one of them, or choose another name"));
  }
}

}  // namespace

std::vector<std::string> problems_of(const RRsetKey& key, const std::set<std::string>& targets, std::int64_t ttl) {
  std::vector<std::string> problems;
  if (ttl < 0 || (ttl > 0 && ttl < least_ttl))
    problems.push_back(
        fmt::format("ttl {} is below {}: OVH would store {} without a word, and every plan would differ; 0 is "
                    "the zone's default",
                    ttl, least_ttl, least_ttl));
  const bool host = key.type == "A" || key.type == "AAAA" || key.type == "MX";
  if (host && key.name.find('_') != std::string::npos)
    problems.push_back(fmt::format("OVH refuses an underscore in the name of a {}", key.type));
  for (const std::string& target : targets) {
    if (key.type == "A" && !is_address(AF_INET, target))
      problems.push_back(fmt::format("{} is no IPv4 address", target));
    if (key.type == "AAAA" && !is_address(AF_INET6, target))
      problems.push_back(fmt::format("{} is no IPv6 address", target));
  }
  if (key.type == "CNAME" && targets.size() > 1) problems.push_back("a CNAME has one target");
  if (key.type == "CNAME" && key.name.empty()) problems.push_back("the apex of a zone cannot be a CNAME");
  return problems;
}

bool allows(const AccessRule& rule, std::string_view method, std::string_view path) {
  return rule.method == method && matches(path, rule.path);
}

std::vector<std::string> missing_rights(const std::vector<AccessRule>& rules, const std::string& zone) {
  std::set<Need> needs;
  for (const Verb verb : {Verb::create, Verb::update, Verb::remove}) needs.merge(needs_of(verb));
  return not_granted(rules, zone, needs);
}

std::vector<Diagnostic> check_rights(OvhSession& session, const std::vector<PlannedWrite>& writes, Context& context) {
  std::map<std::string, std::set<Need>> needs;
  for (const PlannedWrite& write : writes) needs[zone_of(id_of(write))].merge(needs_of(write.verb));
  if (needs.empty()) return {};
  const auto rules = session.rules(context);
  std::vector<Diagnostic> found;
  if (!rules) {
    context.logger.log(LogLevel::info, "the rights of the OVH login are not told: " + session.rules_unknown());
    if (context.access == Access::read) {
      std::set<std::string> zones;
      for (const auto& [zone, of_zone] : needs) zones.insert(zone);
      if (auto left = leave_to_apply(session, zones)) found.push_back(std::move(*left));
      return found;
    }
    for (const auto& [zone, of_zone] : needs)
      if (auto problem = try_refresh(session, zone, context)) found.push_back(std::move(*problem));
    return found;
  }
  for (const auto& [zone, of_zone] : needs) {
    const std::vector<std::string> missing = not_granted(*rules, zone, of_zone);
    if (missing.empty()) continue;
    const Credentials& credentials = session.client().credentials();
    found.push_back(
        {Severity::error,
         {},
         fmt::format("the consumer key in {} lacks rights on zone {}: {}", credentials.origin, zone,
                     fmt::join(missing, ", ")),
         fmt::format("make keys that have them at {}", credentials.endpoint.create_token_url(least_rights(zone)))});
  }
  return found;
}

std::vector<Diagnostic> check_clock(OvhSession& session) {
  const auto difference = session.client().clock_difference();
  if (!difference) return {};
  const std::string server = fmt::format("OVH at {}", session.client().credentials().endpoint.url);
  auto problem = net::clock_problem(server, *difference);
  return problem ? std::vector<Diagnostic>{std::move(*problem)} : std::vector<Diagnostic>{};
}

std::vector<Diagnostic> check_sets(OvhSession& session, const std::vector<PlannedWrite>& writes, Context& context) {
  std::vector<Diagnostic> found;
  std::map<std::string, std::vector<const PlannedWrite*>> by_zone;
  for (const PlannedWrite& write : writes) {
    by_zone[zone_of(id_of(write))].push_back(&write);
    if (!sets_something(write)) continue;
    const auto [zone, key] = rrset_name(write.resource->id);
    for (std::string& text :
         problems_of(key, wanted_targets(write.resource->wanted, key.type, zone), write.resource->wanted.int_at("ttl")))
      found.push_back(problem(write, std::move(text), "change it in the manifest"));
  }
  for (const auto& [zone, of_zone] : by_zone) {
    auto standing = session.last_read(zone);
    if (!standing) standing = std::make_shared<const RRsets>(ZoneApi(session, zone, context).read_all());
    check_clashes(of_zone, *standing, found);
  }
  return found;
}

}  // namespace muster::ovh
