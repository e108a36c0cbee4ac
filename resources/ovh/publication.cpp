#include "resources/ovh/publication.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "resources/ovh/names.h"
#include "resources/ovh/ownership.h"
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

/// Scope -> our sets in it; a set belongs to the innermost scope, as when it is read back.
std::map<std::string, std::vector<RRset>> contents_of(const std::vector<Observed>& ours, const std::string& zone) {
  std::map<std::string, std::vector<RRset>> contents;
  for (const Observed& object : ours) {
    if (!stands(object) || zone_of(object.id) != zone) continue;
    if (object.id.kind == scope_kind) contents[scope_name(object.id).scope];
    if (object.id.kind == rrset_kind && object.attributes.at("scope").is_string())
      contents[object.attributes.string_at("scope")];
  }
  for (const Observed& object : ours) {
    if (!stands(object) || object.id.kind != rrset_kind || zone_of(object.id) != zone) continue;
    RRset set = set_of(object, zone);
    std::vector<RRset>* innermost = nullptr;
    std::size_t length = 0;
    for (auto& [scope, sets] : contents) {
      if (!lies_in(set.key.name, scope) || (innermost != nullptr && scope.size() < length)) continue;
      innermost = &sets;
      length = scope.size();
    }
    if (innermost != nullptr) innermost->push_back(std::move(set));
  }
  return contents;
}

Proof proof_of(const std::vector<RRset>& sets) {
  std::vector<const RRset*> pointers;
  for (const RRset& set : sets) pointers.push_back(&set);
  return prove(pointers);
}

/// False when it says so already, or is not ours to write.
bool update_scope_record(ZoneApi& api, const std::string& scope, const Proof& proof, const Stamp& stamp,
                         Context& context) {
  const std::string name = scope_record_name(scope);
  std::vector<ZoneRecord> records = api.read_name(name);
  std::erase_if(records, [](const ZoneRecord& record) { return served_type(record.type) != "TXT"; });
  const Scopes scopes(group_records(records, api.zone()), stamp.fleet);
  const Scope* standing = scopes.find(scope);
  if (standing == nullptr || standing->holder != Holder::ours) {
    context.logger.log(LogLevel::warning, fmt::format("{}.{} is not brought up to date: {}", name, api.zone(),
                                                      standing == nullptr ? "it is gone" : standing->evidence));
    return false;
  }
  if (records.size() == 1 && Proof{standing->text->count, standing->text->digest} == proof) return false;
  const ScopeText text{stamp.fleet, std::max(stamp.revision, standing->text->revision), proof.count, proof.digest};
  if (!api.put({records.front().id, name, records.front().type, text.to_string(), records.front().ttl}))
    throw Error(Fault::transient, fmt::format("the record {}.{} got a new id while it was written", name, api.zone()),
                "someone edits the zone in text form; the next run brings it up to date");
  for (std::size_t at = 1; at < records.size(); ++at) api.remove(records[at].id);
  return true;
}

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
  bool proven_anew = false;
  for (const auto& [scope, sets] : contents_of(ours, zone))
    proven_anew |= update_scope_record(api, scope, proof_of(sets), stamp, context);
  if (proven_anew) refresh_and_wait(api, context);
}

}  // namespace muster::ovh
