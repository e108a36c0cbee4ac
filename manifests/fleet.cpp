#include "manifests/fleet.h"

#include <algorithm>
#include <cstdint>

namespace muster::manifests {
namespace {

Field guard_count() {
  return {
      .name = "count",
      .type = Type::integer,
      .minimum = 0,
      .maximum = 1'000'000,
      .unit = "objects",
      .doc = "So many deletes, replacements and re-creations of one kind may always happen in one run (default 5)."};
}

Field guard_percent() {
  return {.name = "percent",
          .type = Type::integer,
          .minimum = 0,
          .maximum = 100,
          .unit = "percent",
          .doc = "And so large a share of the kind, whichever is more (default 20)."};
}

Field guard_field() {
  const Field one_kind{.name = "kind", .type = Type::record, .fields = {guard_count(), guard_percent()}};
  return {.name = "guard",
          .type = Type::record,
          .doc = "Stops a run that would delete or replace more than this; `--allow N` lets the exact number through.",
          .fields = {guard_count(),
                     guard_percent(),
                     {.name = "kinds",
                      .type = Type::dictionary,
                      .doc = "Other limits for single kinds of resource, such as openstack.server.",
                      .fields = {one_kind}}}};
}

Field lock_field() {
  return {.name = "lock",
          .type = Type::record,
          .doc =
              "For fleets that are run from several machines: one run at a time on all of them together. Without it "
              "the lock covers one machine.",
          .fields = {{.name = "ssh",
                      .required = true,
                      .pattern = "[^-\\s]\\S*",
                      .pattern_hint = "a host as ssh takes it: an alias of ~/.ssh/config, host or user@host",
                      .doc = "A host that every machine logs in to by ssh, without a question and to the same account. "
                             "A run holds flock on a file there for as long as its ssh session lives; muster doctor "
                             "tries it."}}};
}

Schema make_schema() {
  return {
      .kind = "Fleet",
      .doc = "The one manifest every repository has: who the fleet is, and how much one run may change.",
      .fields = {
          {.name = "uid",
           .type = Type::text,
           .required = true,
           .pattern = "(?!0{32}$)[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
           .pattern_hint = "128 random bits as 32 lower-case hexadecimal digits or a UUID; `muster init` writes one",
           .doc = "Marks everything of this fleet on every backend. Random, unique, never changed: with another uid "
                  "muster no longer knows its own objects."},
          guard_field(),
          lock_field(),
          {.name = "defaults",
           .type = Type::dictionary,
           .doc = "By kind of manifest, a part of a spec that every manifest of the kind has unless it says otherwise.",
           .fields = {{.name = "spec", .type = Type::any}}},
      }};
}

GuardLimit limit_from(const Value& value, const GuardLimit& fallback) {
  return {static_cast<int>(value.int_at("count", fallback.count)),
          static_cast<int>(value.int_at("percent", fallback.percent))};
}

}  // namespace

GuardLimit Guard::for_kind(std::string_view kind) const {
  const auto found = kinds.find(kind);
  return found == kinds.end() ? common : found->second;
}

const Schema& fleet_schema() {
  static const Schema schema = make_schema();
  return schema;
}

Fleet fleet_from(const Manifest& manifest) {
  Fleet fleet;
  fleet.name = manifest.name;
  fleet.uid = manifest.spec.string_at("uid");
  std::erase(fleet.uid, '-');
  fleet.origin = manifest.origin;
  fleet.lock_host = manifest.spec.string_at("lock.ssh");
  const Value& guard = manifest.spec.at("guard");
  fleet.guard.common = limit_from(guard, {});
  if (const Value& kinds = guard.at("kinds"); kinds.is_map()) {
    for (const auto& [kind, limit] : kinds.as_map()) fleet.guard.kinds[kind] = limit_from(limit, fleet.guard.common);
  }
  return fleet;
}

}  // namespace muster::manifests
