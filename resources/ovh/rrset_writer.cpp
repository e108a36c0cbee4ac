#include "resources/ovh/rrset_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace muster::ovh {
namespace {

std::string full_name(const RRsetKey& key, std::string_view zone) {
  return key.name.empty() ? std::string(zone) : fmt::format("{}.{}", key.name, zone);
}

void refuse_unexpected(const std::set<std::string>& standing, const std::set<std::string>& targets,
                       const std::set<std::string>& expected, const RRsetKey& key, std::string_view zone) {
  std::vector<std::string> strange;
  for (const std::string& target : standing)
    if (targets.count(target) == 0 && expected.count(target) == 0) strange.push_back(target);
  if (strange.empty()) return;
  if (expected.empty()) {
    throw Error(Fault::conflict,
                fmt::format("{} {} holds {}, not written by muster; nothing was changed", full_name(key, zone),
                            key.type, fmt::join(strange, ", ")),
                "if nobody needs that record, delete it by hand at OVH and apply again; an apply takes over by itself "
                "what equals its manifest");
  }
  throw Error(Fault::conflict,
              fmt::format("{} {} holds {}, which was not there when the plan was made; nothing was changed",
                          full_name(key, zone), key.type, fmt::join(strange, ", ")),
              "plan again to see what it is now; remove the value at OVH if nobody needs it");
}

/// False when an id went away.
bool carry_out(ZoneApi& api, const std::vector<RecordWrite>& writes, const RRsetKey& key, std::int64_t ttl) {
  for (const RecordWrite& write : writes) {
    switch (write.action) {
      case RecordWrite::Action::create:
        api.create({0, key.name, key.type, write.target, ttl});
        break;
      case RecordWrite::Action::put:
        if (!api.put({write.id, key.name, key.type, write.target, ttl})) return false;
        break;
      case RecordWrite::Action::remove:
        // Gone is what was wanted, but then the ids may have changed and the record stand under another one.
        if (!api.remove(write.id)) return false;
        break;
    }
  }
  return true;
}

}  // namespace

std::vector<RecordWrite> plan_writes(const std::vector<ZoneRecord>& standing, const RRsetKey& key,
                                     const std::set<std::string>& targets, std::int64_t ttl, std::string_view zone) {
  std::set<std::string> missing = targets;
  std::vector<const ZoneRecord*> surplus;
  std::vector<RecordWrite> writes;
  for (const ZoneRecord& record : standing) {
    if (served_type(record.type) != key.type) continue;
    const std::string target = canonical_target(record, zone);
    if (missing.erase(target) == 0)
      surplus.push_back(&record);
    else if (record.ttl != ttl && record.type == key.type)
      writes.push_back({RecordWrite::Action::put, record.id, target});
  }
  for (const std::string& target : missing) {
    const auto usable = std::find_if(surplus.begin(), surplus.end(),
                                     [&](const ZoneRecord* record) { return record->type == key.type; });
    if (usable == surplus.end()) {
      writes.push_back({RecordWrite::Action::create, 0, target});
    } else {
      writes.push_back({RecordWrite::Action::put, (*usable)->id, target});
      surplus.erase(usable);
    }
  }
  for (const ZoneRecord* record : surplus) writes.push_back({RecordWrite::Action::remove, record->id, {}});
  return writes;
}

std::set<std::string> targets_of(const std::vector<ZoneRecord>& standing, std::string_view type,
                                 std::string_view zone) {
  std::set<std::string> targets;
  for (const ZoneRecord& record : standing)
    if (served_type(record.type) == type) targets.insert(canonical_target(record, zone));
  return targets;
}

void refuse_cname_clash(const std::vector<ZoneRecord>& standing, const RRsetKey& key, std::string_view zone) {
  for (const ZoneRecord& record : standing) {
    const std::string_view type = served_type(record.type);
    if (type == key.type || (type != "CNAME" && key.type != "CNAME")) continue;
    throw Error(Fault::conflict,
                fmt::format("{} cannot get a {}: it has a {} ({}), and a CNAME stands alone", full_name(key, zone),
                            key.type, type, record.target),
                "remove one of them, or choose another name");
  }
}

void write_rrset(ZoneApi& api, const RRsetKey& key, const std::set<std::string>& targets, std::int64_t ttl,
                 const std::set<std::string>& expected) {
  constexpr int most_rounds = 3;
  for (int round = 0; round < most_rounds; ++round) {
    const std::vector<ZoneRecord> standing = api.read_name(key.name);
    const std::set<std::string> held = targets_of(standing, key.type, api.zone());
    refuse_unexpected(held, targets, expected, key, api.zone());
    if (!targets.empty()) refuse_cname_clash(standing, key, api.zone());
    api.session().note_before(api.zone(), key, held);
    const auto writes = plan_writes(standing, key, targets, ttl, api.zone());
    if (carry_out(api, writes, key, ttl)) return;
  }
  throw Error(
      Fault::transient,
      fmt::format("the records of {} {} get new ids while they are written", full_name(key, api.zone()), key.type),
      "someone edits the zone in text form, or imports it; run again when that is over");
}

}  // namespace muster::ovh
