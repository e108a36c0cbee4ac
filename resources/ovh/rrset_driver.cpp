#include "resources/ovh/rrset_driver.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "resources/ovh/names.h"
#include "resources/ovh/preflight.h"
#include "resources/ovh/publication.h"
#include "resources/ovh/rrset_writer.h"
#include "resources/ovh/survey.h"

namespace muster::ovh {
namespace {

Schema rrset_schema() {
  Schema schema;
  schema.kind = rrset_kind;
  schema.doc = "All DNS records of one name and type in a zone at OVH.";
  schema.fields = {
      {.name = "zone", .required = true, .doc = "The DNS zone.", .mutability = Mutability::immutable},
      {.name = "name",
       .doc = "Relative to the zone; empty or @ is the apex.",
       .compare = Compare::not_compared,
       .mutability = Mutability::immutable},
      {.name = "type",
       .required = true,
       .allowed = {"A", "AAAA", "CAA", "CNAME", "MX", "SRV", "TXT"},
       .doc =
           "The record type. Only A and AAAA are proven ours when the database is lost and nobody wants them any more.",
       .mutability = Mutability::immutable},
      {.name = "targets",
       .type = Type::set,
       .required = true,
       .doc = "The values, in presentation form; a host without a final dot is relative to the zone.",
       .fields = {{.name = "target", .doc = "One value."}}},
      {.name = "ttl",
       .type = Type::integer,
       .default_value = 0,
       .minimum = 0,
       .maximum = 0x7fffffff,
       .unit = "seconds",
       .doc = "How long resolvers may keep the answer; at least 60, 0 is the zone's default."},
      {.name = "scope",
       .doc = "The scope it lies in: whose ownership record speaks for it.",
       .compare = Compare::not_compared,
       .computed = Computed::live},
  };
  return schema;
}

/// Canonical form -> as the manifest spells it, so that spelling is no difference.
std::map<std::string, std::string> spellings(const Value& wanted, std::string_view type, std::string_view zone) {
  std::map<std::string, std::string> spelled;
  const Value& targets = wanted.at("targets");
  if (!targets.is_list()) return spelled;
  for (const Value& target : targets.as_list())
    if (target.is_string()) spelled.emplace(canonical_target(type, target.as_string(), zone), target.as_string());
  return spelled;
}

/// One ttl for the set. When its records differ, one that shows the difference to what is wanted.
std::int64_t shown_ttl(const std::set<std::int64_t>& ttls, std::optional<std::int64_t> wanted) {
  if (wanted && *ttls.begin() == *wanted) return *ttls.rbegin();
  return *ttls.begin();
}

Value attributes_of(const std::string& zone, const RRset& set, const std::string& scope, const Resource* wanted) {
  const auto spelled =
      wanted != nullptr ? spellings(wanted->wanted, set.key.type, zone) : std::map<std::string, std::string>{};
  // A value that stands twice is shown twice, and so differs from what is wanted.
  std::multiset<std::string> targets;
  const auto show = [&](const std::string& target) {
    const auto found = spelled.find(target);
    targets.insert(found == spelled.end() ? presented_target(set.key.type, target) : found->second);
  };
  std::for_each(set.targets.begin(), set.targets.end(), show);
  std::for_each(set.surplus.begin(), set.surplus.end(), show);
  List list(targets.begin(), targets.end());
  const auto ttl = wanted != nullptr ? std::optional(wanted->wanted.int_at("ttl")) : std::nullopt;
  const std::string name = wanted != nullptr ? wanted->wanted.string_at("name", set.key.name) : set.key.name;
  return Map{{"zone", wanted != nullptr ? wanted->wanted.string_at("zone", zone) : zone},
             {"name", name},
             {"type", set.key.type},
             {"targets", std::move(list)},
             {"ttl", shown_ttl(set.ttls, ttl)},
             {"scope", scope}};
}

/// What of one zone is wanted and what was known, by place.
struct Interest {
  std::map<RRsetKey, const Resource*> wanted;
  Claims claims;
};

/// Nothing while one of them is a hole.
std::optional<std::set<std::string>> all_wanted_targets(const Value& wanted, std::string_view type,
                                                        std::string_view zone) {
  if (wanted.at("targets").has_hole()) return std::nullopt;
  return wanted_targets(wanted, type, zone);
}

Interest interest_in(const std::string& zone, const ObserveRequest& request) {
  Interest interest;
  for (const Resource& resource : request.wanted) {
    if (zone_of(resource.id) != zone) continue;
    const RRsetKey key = rrset_name(resource.id).key;
    interest.wanted[key] = &resource;
    interest.claims[key].wanted = true;
    interest.claims[key].wanted_targets = all_wanted_targets(resource.wanted, key.type, zone);
  }
  for (const Observed& known : request.known) {
    const bool certain = known.ownership == Ownership::ours && known.condition != Condition::incomplete;
    if (!certain || zone_of(known.id) != zone) continue;
    const RRsetKey key = rrset_name(known.id).key;
    auto targets = wanted_targets(known.attributes, key.type, zone);
    if (!targets.empty()) interest.claims[key].known_targets = std::move(targets);
  }
  return interest;
}

/// Worth showing among ours: all but what serves the zone itself, the marks, and what certificates come and go with.
bool is_leftover(const RRsetKey& key) {
  const bool is_challenge = key.name.starts_with("_acme-challenge.");
  return !is_challenge && key.type != "NS" && key.type != "SOA" && !scope_of_record_name(key.name);
}

/// The names below which hosts of ours are wanted in `zone`.
std::set<std::string> marked_names(const std::string& zone, const ObserveRequest& request) {
  std::set<std::string> names;
  for (const ResourceId& mark : request.marks)
    if (mark.kind == scope_kind && zone_of(mark) == zone) names.insert(scope_name(mark).scope);
  return names;
}

/// Where a mark of ours stands, or is wanted and no other mark stands closer.
bool is_among_ours(const RRsetKey& key, const std::string& scope, const Scopes& scopes,
                   const std::set<std::string>& marked) {
  const Scope* found = scopes.find(scope);
  if (found != nullptr) return found->holder == Holder::ours || marked.contains(scope);
  return std::any_of(marked.begin(), marked.end(), [&](const std::string& name) { return lies_in(key.name, name); });
}

void observe_zone(const ZoneView& view, const ObserveRequest& request, Observation& to) {
  const std::string& zone = view.api.zone();
  const Interest interest = interest_in(zone, request);
  const std::set<std::string> marked = marked_names(zone, request);
  const std::set<RRsetKey> proven = proven_sets(view.sets, interest.claims, view.scopes);
  for (const auto& [key, set] : view.sets) {
    const auto wanted = interest.wanted.find(key);
    const Resource* resource = wanted == interest.wanted.end() ? nullptr : wanted->second;
    const auto claim = interest.claims.find(key);
    const Judgement judgement =
        judge(set, claim == interest.claims.end() ? Claim{} : claim->second, proven.count(key) > 0, view.scopes);
    const Scope* scope = view.scopes.find(judgement.scope);
    const bool in_our_scope = scope != nullptr && scope->holder == Holder::ours;

    Observed object;
    object.id = resource != nullptr ? resource->id : rrset_id(zone, key);
    object.backend_id = rrset_id(zone, key).name;
    object.ownership = judgement.ownership;
    object.attributes = attributes_of(zone, set, judgement.scope, resource);
    if (scope == nullptr) object.attributes.as_map()["scope"] = Value();
    object.condition = judgement.condition;
    object.evidence = judgement.evidence;
    if (judgement.ownership == Ownership::ours) {
      if (in_our_scope) object.stamp = stamp_of(object.id, *scope->text);
      to.objects.push_back(std::move(object));
    } else if (resource != nullptr) {
      to.objects.push_back(std::move(object));
    } else if (is_leftover(key) && is_among_ours(key, judgement.scope, view.scopes, marked)) {
      to.foreign.push_back(std::move(object));
    }
  }
}

Observed written(const Resource& resource, const RRsetName& name, const Stamp& stamp) {
  RRset set;
  set.key = name.key;
  set.targets = wanted_targets(resource.wanted, name.key.type, name.zone);
  set.ttls = {resource.wanted.int_at("ttl")};
  Observed object;
  object.id = resource.id;
  object.backend_id = rrset_id(name.zone, name.key).name;
  object.ownership = Ownership::ours;
  object.stamp = stamp;
  // A record carries no incarnation, so none would be read back.
  object.stamp->incarnation = {};
  object.attributes = attributes_of(name.zone, set, needed_scope(resource).value_or(""), &resource);
  object.condition = Condition::ready;
  return object;
}

/// What may be changed: nothing of a set that is not known to be ours.
std::set<std::string> expected_targets(const Observed& observed, const RRsetName& name) {
  if (observed.condition == Condition::incomplete) return {};
  return wanted_targets(observed.attributes, name.key.type, name.zone);
}

void refuse_problems(const ResourceId& id, const RRsetKey& key, const std::set<std::string>& targets,
                     std::int64_t ttl) {
  const auto problems = problems_of(key, targets, ttl);
  if (!problems.empty())
    throw Error(Fault::invalid, fmt::format("{}: {}", id.to_string(), fmt::join(problems, "; ")),
                "change it in the manifest");
}

}  // namespace

std::set<std::string> wanted_targets(const Value& wanted, std::string_view type, std::string_view zone) {
  std::set<std::string> targets;
  for (const auto& [canonical, spelled] : spellings(wanted, type, zone)) targets.insert(canonical);
  return targets;
}

RRsetDriver::RRsetDriver() : schema_(rrset_schema()) {}

Traits RRsetDriver::traits() const {
  Traits traits;
  traits.connection_kind = "OvhAccount";
  traits.quiet_window = std::chrono::seconds(60);
  traits.stampable = false;
  traits.adopting_writes = "one TXT record per namespace that says whose the records are";
  return traits;
}

Observation RRsetDriver::observe(Session& session, const ObserveRequest& request, Context& context) const {
  OvhSession& ovh = ovh_session(session);
  Observation observation;
  observation.complete = true;
  survey(
      ovh, zones_of(request, ovh), request.fleet, context,
      [&](const ZoneView& view) { observe_zone(view, request, observation); },
      [&](const std::string& zone, const ZoneFailure& why) { add_unknown(request, zone, why, observation); });
  return observation;
}

Observed RRsetDriver::create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const {
  const RRsetName name = rrset_name(resource.id);
  const auto targets = wanted_targets(resource.wanted, name.key.type, name.zone);
  const std::int64_t ttl = resource.wanted.int_at("ttl");
  refuse_problems(resource.id, name.key, targets, ttl);
  ZoneApi api(ovh_session(session), name.zone, context);
  write_rrset(api, name.key, targets, ttl, {});
  return written(resource, name, stamp);
}

Observed RRsetDriver::update(Session& session, const Resource& resource, const Observed& observed,
                             const std::vector<FieldChange>&, const Stamp& stamp, Context& context) const {
  const RRsetName name = rrset_name(resource.id);
  const auto targets = wanted_targets(resource.wanted, name.key.type, name.zone);
  const std::int64_t ttl = resource.wanted.int_at("ttl");
  refuse_problems(resource.id, name.key, targets, ttl);
  ZoneApi api(ovh_session(session), name.zone, context);
  try {
    write_rrset(api, name.key, targets, ttl, expected_targets(observed, name));
  } catch (const Error& error) {
    if (error.fault() != Fault::unclear) throw;
    // An update lists before it writes, so doing it again adds nothing twice.
    throw Error(Fault::transient, error.message(), error.hint()).while_doing("updating " + resource.id.to_string());
  }
  return written(resource, name, stamp);
}

std::optional<Observed> RRsetDriver::remove(Session& session, const Observed& observed, Context& context) const {
  const RRsetName name = rrset_name(observed.id);
  ZoneApi api(ovh_session(session), name.zone, context);
  // One of ours that is incomplete holds what is wanted and nothing else: it may go as it was seen. Without a database
  // that is all a destroy knows that was killed.
  const bool is_ours = observed.ownership == Ownership::ours;
  write_rrset(api, name.key, {}, 0,
              is_ours ? wanted_targets(observed.attributes, name.key.type, name.zone) : std::set<std::string>{});
  return std::nullopt;
}

Takeover RRsetDriver::examine(Session&, const Resource& resource, const Observed& observed, Context&) const {
  const RRsetName name = rrset_name(resource.id);
  const auto there = wanted_targets(observed.attributes, name.key.type, name.zone);
  const auto here = wanted_targets(resource.wanted, name.key.type, name.zone);
  if (there != here) return {{{"targets", observed.attributes.at("targets"), resource.wanted.at("targets")}}, {}};
  // Incomplete: the scope is ours, and only the address was missing that has just been compared.
  const bool lies_in_a_scope = observed.attributes.at("scope").is_string();
  const bool is_of_others = observed.ownership == Ownership::foreign && observed.condition != Condition::incomplete;
  if (is_of_others && lies_in_a_scope) return {{}, observed.evidence};
  return {};
}

Observed RRsetDriver::adopt(Session& session, const Resource& resource, const Observed&, const Stamp& stamp,
                            Context& context) const {
  const RRsetName name = rrset_name(resource.id);
  const auto targets = wanted_targets(resource.wanted, name.key.type, name.zone);
  ZoneApi api(ovh_session(session), name.zone, context);
  const RRsets standing = group_records(api.read_name(name.key.name), name.zone);
  const auto set = standing.find(name.key);
  const auto there = set == standing.end() ? std::set<std::string>{} : set->second.targets;
  if (there != targets) {
    throw Error(
        Fault::conflict,
        fmt::format("{} {} holds {} now, not {}", name.key.name, name.key.type,
                    there.empty() ? "nothing" : fmt::format("{}", fmt::join(there, ", ")), fmt::join(targets, ", ")),
        "run muster adopt again to see how things stand");
  }
  Observed object = written(resource, name, stamp);
  object.attributes = attributes_of(name.zone, set->second, needed_scope(resource).value_or(""), &resource);
  return object;
}

std::string RRsetDriver::flush_kind() const { return std::string(zone_kind); }

std::optional<ResourceId> RRsetDriver::flushed_by(const ResourceId& id) const { return zone_id(zone_of(id)); }

void RRsetDriver::flush(Session& session, const ResourceId& target, const std::vector<Observed>& ours,
                        const Stamp& stamp, Context& context) const {
  publish_zone(ovh_session(session), zone_of(target), ours, stamp, context);
}

std::chrono::seconds RRsetDriver::lingers(const Value& attributes) const {
  constexpr std::int64_t default_of_zones = 3'600;  // what OVH writes as $TTL
  const std::int64_t ttl = attributes.int_at("ttl");
  return std::chrono::seconds(ttl == 0 ? default_of_zones : ttl);
}

std::vector<Diagnostic> RRsetDriver::preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                               Context& context) const {
  OvhSession& ovh = ovh_session(session);
  std::vector<Diagnostic> found = check_rights(ovh, writes, context);
  for (Diagnostic& diagnostic : check_sets(ovh, writes, context)) found.push_back(std::move(diagnostic));
  for (Diagnostic& diagnostic : check_clock(ovh)) found.push_back(std::move(diagnostic));
  return found;
}

int RRsetDriver::calls(Verb verb, const Value& wanted) const {
  const Value& targets = wanted.at("targets");
  const int records = targets.is_list() ? static_cast<int>(targets.as_list().size()) : 1;
  switch (verb) {
    case Verb::create:
      return 1 + records;
    case Verb::adopt:
      return 2;
    case Verb::update:
    case Verb::remove:
      return 2 + records;
    case Verb::replace:
      return 3 + 2 * records;
    case Verb::flush:
      return 8;
  }
  return 2;
}

}  // namespace muster::ovh
