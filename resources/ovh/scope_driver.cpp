#include "resources/ovh/scope_driver.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "resources/ovh/names.h"
#include "resources/ovh/preflight.h"
#include "resources/ovh/publication.h"
#include "resources/ovh/survey.h"

namespace muster::ovh {
namespace {

Schema scope_schema() {
  Schema schema;
  schema.kind = scope_kind;
  schema.doc = "The TXT record _muster.SCOPE of a zone at OVH: names the fleet that owns SCOPE and all names below it.";
  schema.fields = {
      {.name = "zone", .required = true, .doc = "The DNS zone.", .mutability = Mutability::immutable},
      {.name = "scope",
       .doc = "The name, relative to the zone; empty or @ is the whole zone.",
       .compare = Compare::not_compared,
       .mutability = Mutability::immutable},
      {.name = "proof",
       .doc = "Count and digest of the RRsets the record proves.",
       .compare = Compare::not_compared,
       .computed = Computed::live},
  };
  return schema;
}

std::string proof_text(const ScopeText& text) { return fmt::format("{}:{}", text.count, text.digest); }

Value attributes_of(const std::string& zone, const std::string& scope, const ScopeText* text, const Resource* wanted) {
  return Map{{"zone", wanted != nullptr ? wanted->wanted.string_at("zone", zone) : zone},
             {"scope", wanted != nullptr ? wanted->wanted.string_at("scope", scope) : scope},
             {"proof", text != nullptr ? Value(proof_text(*text)) : Value()}};
}

/// How the publication of a zone stands; as if all were well when nobody may tell.
struct Publication {
  bool deployed = true;
  std::string words;  ///< empty when there is nothing to tell
};

/// Whether only a flush that never came about explains what stands. A scope that proves fewer sets than stand there is
/// no such case: others may have put them there, and no flush would change that. A record that stands twice, because a
/// create arrived late, is one: the flush leaves one of them.
bool is_published(const Scope& scope, const Publication& zone) {
  const bool all_gone = scope.text->count > 0 && scope.standing == 0;
  return zone.deployed && !scope.text->is_unflushed() && !all_gone && scope.values.size() == 1;
}

/// What a reader should know of a scope of ours.
std::string evidence_of(const Scope& scope, const Publication& zone) {
  std::vector<std::string> words;
  if (scope.values.size() > 1) words.push_back(fmt::format("its record stands {} times", scope.values.size()));
  if (scope.text->is_unflushed())
    words.emplace_back("nothing in it was published yet");
  else if (!scope.proven)
    words.push_back(
        fmt::format("its record proves {} RRsets, {} stand there: unpublished changes, or others wrote there",
                    scope.text->count, scope.standing));
  if (!zone.words.empty()) words.push_back(zone.words);
  return fmt::format("{}", fmt::join(words, "; "));
}

Publication publication_of(ZoneApi& api, Context& context) {
  std::optional<ZoneStatus> status;
  try {
    status = api.status();
  } catch (const ApiError& error) {
    if (error.answer().concerns_account()) throw;
    context.logger.log(LogLevel::info, error.message());
    return {true, error.message()};
  }
  if (!status || (status->deployed && status->errors.empty())) return {};
  return {status->deployed,
          fmt::format("zone {} is {}{}{}", api.zone(), status->deployed ? "deployed" : "not deployed",
                      status->errors.empty() ? "" : ", OVH complains: ", fmt::join(status->errors, "; "))};
}

void observe_zone(const ZoneView& view, const ObserveRequest& request, Context& context, Observation& to) {
  const std::string& zone = view.api.zone();
  std::map<std::string, const Resource*> wanted;
  for (const Resource& resource : request.wanted)
    if (zone_of(resource.id) == zone) wanted[scope_name(resource.id).scope] = &resource;
  std::optional<Publication> publication;
  for (const auto& [name, scope] : view.scopes.all()) {
    const auto found = wanted.find(name);
    const Resource* resource = found == wanted.end() ? nullptr : found->second;
    const bool ours = scope.holder == Holder::ours;
    if (!ours && resource == nullptr) continue;
    if (ours && !publication) publication = publication_of(view.api, context);
    Observed object;
    object.id = resource != nullptr ? resource->id : scope_id(zone, name);
    object.backend_id = scope_id(zone, name).name;
    object.ownership = ours ? Ownership::ours : Ownership::foreign;
    if (scope.text) object.stamp = stamp_of(object.id, *scope.text);
    object.attributes = attributes_of(zone, name, scope.text ? &*scope.text : nullptr, resource);
    object.condition = ours && !is_published(scope, *publication) ? Condition::incomplete : Condition::ready;
    object.evidence = ours ? evidence_of(scope, *publication) : scope.evidence;
    to.objects.push_back(std::move(object));
  }
}

struct Standing {
  std::vector<ZoneRecord> records;  ///< the TXT records at the scope's name
  Scope scope;
};

Standing read_scope(ZoneApi& api, const std::string& scope, const std::string& fleet) {
  Standing standing;
  standing.records = api.read_name(scope_record_name(scope));
  std::erase_if(standing.records, [](const ZoneRecord& record) { return served_type(record.type) != "TXT"; });
  const Scopes scopes(group_records(standing.records, api.zone()), fleet);
  if (const Scope* found = scopes.find(scope)) standing.scope = *found;
  return standing;
}

Error held_by_others(const ResourceId& id, const Scope& scope) {
  return Error(Fault::conflict, fmt::format("{} is not ours: {}", id.to_string(), scope.evidence),
               "choose another namespace or zone, or let that fleet give it up (muster destroy there); if it no longer "
               "exists, remove the TXT record in OVH's manager");
}

Observed written(const Resource& resource, const ScopeName& name, const ScopeText& text) {
  Observed object;
  object.id = resource.id;
  object.backend_id = scope_id(name.zone, name.scope).name;
  object.ownership = Ownership::ours;
  object.stamp = stamp_of(resource.id, text);
  object.attributes = attributes_of(name.zone, name.scope, &text, &resource);
  object.condition = Condition::ready;
  return object;
}

}  // namespace

ScopeDriver::ScopeDriver() : schema_(scope_schema()) {}

Traits ScopeDriver::traits() const {
  Traits traits;
  traits.connection_kind = "OvhAccount";
  traits.quiet_window = std::chrono::seconds(60);
  traits.stampable = false;
  traits.is_mark = true;
  return traits;
}

Observation ScopeDriver::observe(Session& session, const ObserveRequest& request, Context& context) const {
  OvhSession& ovh = ovh_session(session);
  Observation observation;
  observation.complete = true;
  survey(
      ovh, zones_of(request, ovh), request.fleet, context,
      [&](const ZoneView& view) { observe_zone(view, request, context, observation); },
      [&](const std::string& zone, const ZoneFailure& why) { add_unknown(request, zone, why, observation); });
  return observation;
}

Observed ScopeDriver::create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const {
  const ScopeName name = scope_name(resource.id);
  ZoneApi api(ovh_session(session), name.zone, context);
  const Standing standing = read_scope(api, name.scope, stamp.fleet);
  if (standing.scope.holder == Holder::foreign) throw held_by_others(resource.id, standing.scope);
  if (standing.scope.holder == Holder::ours) return written(resource, name, *standing.scope.text);
  const ScopeText text = unflushed_text(stamp.fleet, stamp.revision);
  api.create({0, scope_record_name(name.scope), "TXT", text.to_string(), 0});
  return written(resource, name, text);
}

Observed ScopeDriver::update(Session& session, const Resource& resource, const Observed&,
                             const std::vector<FieldChange>&, const Stamp& stamp, Context& context) const {
  // Nothing of a scope can differ but its revision, which flush writes with the next digest.
  return create(session, resource, stamp, context);
}

std::optional<Observed> ScopeDriver::remove(Session& session, const Observed& observed, Context& context) const {
  const ScopeName name = scope_name(observed.id);
  if (!observed.stamp || observed.ownership != Ownership::ours)
    throw Error(Fault::conflict,
                fmt::format("{} carries no stamp of ours; nothing was removed", observed.id.to_string()),
                "plan again to see whose it is now");
  ZoneApi api(ovh_session(session), name.zone, context);
  for (const ZoneRecord& record : read_scope(api, name.scope, observed.stamp->fleet).records) {
    const auto text = parse_scope_text(record.target);
    if (text && text->fleet == observed.stamp->fleet) api.remove(record.id);
  }
  return std::nullopt;
}

std::string ScopeDriver::flush_kind() const { return std::string(zone_kind); }

std::optional<ResourceId> ScopeDriver::flushed_by(const ResourceId& id) const { return zone_id(zone_of(id)); }

void ScopeDriver::flush(Session& session, const ResourceId& target, const std::vector<Observed>& ours,
                        const Stamp& stamp, Context& context) const {
  publish_zone(ovh_session(session), zone_of(target), ours, stamp, context);
}

std::vector<Diagnostic> ScopeDriver::preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                               Context& context) const {
  OvhSession& ovh = ovh_session(session);
  std::vector<Diagnostic> found = check_rights(ovh, writes, context);
  for (Diagnostic& diagnostic : check_clock(ovh)) found.push_back(std::move(diagnostic));
  return found;
}

int ScopeDriver::calls(Verb verb, const Value&) const {
  switch (verb) {
    case Verb::create:
    case Verb::adopt:
    case Verb::update:
      return 2;
    case Verb::remove:
      return 3;
    case Verb::replace:
      return 5;
    case Verb::flush:
      return 8;
  }
  return 2;
}

}  // namespace muster::ovh
