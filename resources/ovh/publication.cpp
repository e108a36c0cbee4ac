#include "resources/ovh/publication.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "resources/ovh/names.h"
#include "resources/ovh/ownership.h"
#include "resources/ovh/touched.h"
#include "resources/ovh/zone_api.h"

namespace muster::ovh {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds publication_limit{60'000};

RRset set_of(const Observed& rrset, const std::string& zone) {
  RRset set;
  set.key = rrset_name(rrset.id).key;
  const Value& targets = rrset.attributes.at("targets");
  if (!targets.is_list()) return set;
  for (const Value& target : targets.as_list())
    if (target.is_string()) set.targets.insert(canonical_target(set.key.type, target.as_string(), zone));
  return set;
}

/// A set that nothing proves ours must not be proven by being there.
bool stands(const Observed& object) {
  const bool is_certain = object.id.kind != rrset_kind || object.condition != Condition::incomplete;
  return is_certain && object.ownership == Ownership::ours && object.condition != Condition::unknown &&
         object.condition != Condition::deleting;
}

using Contents = std::map<std::string, std::vector<RRset>>;

/// The innermost of the scopes that `name` lies in, as when it is read back; nullptr when it lies in none.
const std::string* innermost(const Contents& contents, const std::string& name) {
  const std::string* found = nullptr;
  for (const auto& [scope, sets] : contents) {
    if (lies_in(name, scope) && (found == nullptr || scope.size() >= found->size())) found = &scope;
  }
  return found;
}

/// Scope -> our sets in it.
Contents contents_of(const std::vector<Observed>& ours, const std::string& zone) {
  Contents contents;
  for (const Observed& object : ours) {
    if (!stands(object) || zone_of(object.id) != zone) continue;
    if (object.id.kind == scope_kind) contents[scope_name(object.id).scope];
    if (object.id.kind == rrset_kind && object.attributes.at("scope").is_string())
      contents[object.attributes.string_at("scope")];
  }
  for (const Observed& object : ours) {
    if (!stands(object) || object.id.kind != rrset_kind || zone_of(object.id) != zone) continue;
    RRset set = set_of(object, zone);
    if (const std::string* scope = innermost(contents, set.key.name)) contents[*scope].push_back(std::move(set));
  }
  return contents;
}

Proof proof_of(const std::vector<RRset>& sets) {
  std::vector<const RRset*> pointers;
  for (const RRset& set : sets) pointers.push_back(&set);
  return prove(pointers);
}

/// Brings the marks of one zone up to date, for one flush.
class Marks {
 public:
  Marks(ZoneApi& api, const Contents& contents, const Stamp& stamp, Context& context)
      : api_(api), contents_(contents), stamp_(stamp), context_(context) {}

  /// False when none was changed.
  bool bring_up_to_date() {
    bool changed = false;
    for (const auto& [scope, sets] : contents_) changed |= bring_up_to_date(scope, sets);
    return changed;
  }

 private:
  /// False when it says so already, or is not ours to write.
  bool bring_up_to_date(const std::string& scope, std::vector<RRset> sets) {
    const std::string name = scope_record_name(scope);
    std::vector<ZoneRecord> records = api_.read_name(name);
    std::erase_if(records, [](const ZoneRecord& record) { return served_type(record.type) != "TXT"; });
    const Scopes scopes(group_records(records, api_.zone()), stamp_.fleet);
    const Scope* standing = scopes.find(scope);
    if (standing == nullptr || standing->holder != Holder::ours) {
      context_.logger.log(LogLevel::warning, fmt::format("{}.{} is not brought up to date: {}", name, api_.zone(),
                                                         standing == nullptr ? "it is gone" : standing->evidence));
      return false;
    }
    const ScopeText& mark = *standing->text;
    if (!mark.is_unflushed() && proof_of(sets) != mark.proof()) sets = beside_others(scope, std::move(sets), mark);
    const Proof proof = proof_of(sets);
    const bool changes = records.size() != 1 || proof != mark.proof();
    if (changes) {
      const ScopeText text{stamp_.fleet, std::max(stamp_.revision, mark.revision), proof.count, proof.digest};
      put(records, name, text);
    }
    remember(scope, sets);
    return changes;
  }

  /// `ours` and what another run published since we planned; that one knew it better where both know a set.
  std::vector<RRset> beside_others(const std::string& scope, std::vector<RRset> ours, const ScopeText& mark) {
    if (!zone_) zone_ = api_.read_all();
    const Scopes scopes(*zone_, stamp_.fleet);
    std::vector<RRset> standing;
    for (const auto& [key, set] : *zone_)
      if (scopes.containing(key.name) == scope) standing.push_back(set);
    Before before = api_.session().before(api_.zone());
    std::erase_if(before, [&](const auto& entry) { return scopes.containing(entry.first.name) != scope; });
    const auto of_others = proven_by_others(standing, before, mark.proof());
    if (!of_others) return ours;
    std::erase_if(ours, [&](const RRset& set) { return is_digested(set.key.type) && !before.contains(set.key); });
    ours.insert(ours.end(), of_others->begin(), of_others->end());
    return ours;
  }

  void put(const std::vector<ZoneRecord>& records, const std::string& name, const ScopeText& text) {
    if (!api_.put({records.front().id, name, records.front().type, text.to_string(), records.front().ttl}))
      throw Error(Fault::transient,
                  fmt::format("the record {}.{} got a new id while it was written", name, api_.zone()),
                  "someone edits the zone in text form; the next run brings it up to date");
    for (std::size_t at = 1; at < records.size(); ++at) api_.remove(records[at].id);
  }

  /// What was written and is not proven, a write under way or a removal, stood in no mark.
  void remember(const std::string& scope, const std::vector<RRset>& proven) {
    std::set<RRsetKey> keys;
    for (const RRset& set : proven) keys.insert(set.key);
    for (const auto& [written, targets] : api_.session().before(api_.zone())) {
      const std::string* owner = innermost(contents_, written.name);
      if (owner == nullptr || *owner != scope) continue;
      if (keys.contains(written))
        api_.session().forget_before(api_.zone(), written);
      else
        api_.session().set_before(api_.zone(), written, {});
    }
  }

  ZoneApi& api_;
  const Contents& contents_;
  const Stamp& stamp_;
  Context& context_;
  std::optional<RRsets> zone_;  ///< as it stands, once it was needed
};

Error not_published(const std::string& zone, const std::string& why, const ZoneStatus& status) {
  std::string message =
      fmt::format("zone {} was not published within {} s: {}", zone, publication_limit.count() / 1000, why);
  if (!status.errors.empty()) message += fmt::format("; errors: {}", fmt::join(status.errors, "; "));
  if (!status.warnings.empty()) message += fmt::format("; warnings: {}", fmt::join(status.warnings, "; "));
  return Error(Fault::transient, message,
               status.errors.empty()
                   ? "the next run publishes it; OVH says it may take longer at times"
                   : "mend what OVH complains about, in its manager if the record is not ours; the next "
                     "run publishes the zone");
}

class Deadline {
 public:
  Deadline(Context& context, const std::string& zone)
      : context_(context), zone_(zone), end_(context.clock.steady_now() + publication_limit) {}
  bool passed() const { return context_.clock.steady_now() >= end_; }
  void pause(milliseconds duration) const {
    if (!context_.clock.sleep(duration, context_.stop))
      throw Error(Fault::interrupted, fmt::format("stopped while zone {} was being published", zone_),
                  "the next run publishes it");
  }

 private:
  Context& context_;
  const std::string& zone_;
  const std::chrono::steady_clock::time_point end_;
};

void wait_until_deployed(ZoneApi& api, const Deadline& deadline, Context& context) {
  for (milliseconds wait{500};; wait = std::min(wait * 2, milliseconds(5000))) {
    deadline.pause(wait);
    const auto status = api.status();
    if (!status) {
      context.logger.log(LogLevel::warning,
                         fmt::format("zone {}: publication was asked for, but the key may not read {}; it is believed",
                                     api.zone(), "/domain/zone/" + api.zone() + "/status"));
      return;
    }
    if (status->deployed) {
      for (const std::string& error : status->errors)
        context.logger.log(LogLevel::warning,
                           fmt::format("zone {} is published, but OVH complains: {}", api.zone(), error));
      return;
    }
    if (deadline.passed()) throw not_published(api.zone(), "its status is still not deployed", *status);
  }
}

void refresh_and_wait(ZoneApi& api, Context& context) {
  const Deadline deadline(context, api.zone());
  while (!api.refresh()) {
    if (deadline.passed()) throw not_published(api.zone(), "another publication still runs", {});
    deadline.pause(milliseconds(2000));
  }
  wait_until_deployed(api, deadline, context);
}

}  // namespace

void publish_zone(OvhSession& session, const std::string& zone, const std::vector<Observed>& ours, const Stamp& stamp,
                  Context& context) {
  ZoneApi api(session, zone, context);
  refresh_and_wait(api, context);
  // Only now: a proof written before the publication it proves would outlive a kill in between.
  const Contents contents = contents_of(ours, zone);
  if (Marks(api, contents, stamp, context).bring_up_to_date()) refresh_and_wait(api, context);
}

}  // namespace muster::ovh
