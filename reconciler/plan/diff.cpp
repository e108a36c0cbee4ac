#include "reconciler/plan/diff.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>

#include "reconciler/plan/digests.h"

namespace muster::plan {
namespace {

/// A set is equal in any order.
Value canonical(const Field& field, Value value) {
  if (field.type == Type::set && value.is_list()) {
    List& items = value.as_list();
    std::sort(items.begin(), items.end(), [](const Value& a, const Value& b) {
      return a.is_string() && b.is_string() ? a.as_string() < b.as_string()
                                            : to_canonical_json(a) < to_canonical_json(b);
    });
  }
  return value;
}

Cause cause_of(const std::string& field, const Value& wanted, const Value& observed,
               const std::map<std::string, std::string>* applied) {
  if (applied == nullptr) return Cause::unknown;
  const auto written = applied->find(field);
  const std::string last = written == applied->end() ? std::string() : written->second;
  const bool manifest_moved = field_digest(wanted) != last;
  const bool world_moved = (observed.is_null() ? std::string() : field_digest(observed)) != last;
  if (manifest_moved && world_moved) return Cause::both;
  return manifest_moved ? Cause::manifest : Cause::drift;
}

void compare_observed(const Field& field, const Value& wanted, const Observed& observed,
                      const std::map<std::string, std::string>* applied, Difference& difference) {
  const Value after = canonical(field, wanted.at(field.name));
  const Value before = canonical(field, observed.attributes.at(field.name));
  if (after.is_null() || after == before) return;
  Change change{.field = field.name,
                .before = before,
                .after = after,
                .cause = field.is_outcome ? Cause::outcome : cause_of(field.name, after, before, applied),
                .sensitive = field.sensitive};
  auto& changes = field.mutability == Mutability::updatable ? difference.updatable : difference.immutable;
  changes.push_back(std::move(change));
}

void compare_stamped(const Field& field, const std::map<std::string, std::string>& wanted, const Stamp& stamp,
                     const Value& after, Difference& difference) {
  const auto digest_in = [&](const std::map<std::string, std::string>& digests) {
    const auto found = digests.find(field.name);
    return found == digests.end() ? std::string() : found->second;
  };
  const std::string before = digest_in(stamp.digests);
  if (digest_in(wanted) == before) return;
  difference.create_time.push_back({.field = field.name,
                                    .before = before.empty() ? Value() : Value(before),
                                    .after = after,
                                    .cause = Cause::manifest,
                                    .sensitive = field.sensitive,
                                    .create_time = true});
}

/// As a person writes it; null: there is none.
Value end_value(std::int64_t until) {
  if (until == 0) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(until)));
}

}  // namespace

std::int64_t end_of(const Resource& resource) {
  const auto& until = resource.lifecycle.until;
  return until ? std::chrono::duration_cast<std::chrono::seconds>(until->time_since_epoch()).count() : 0;
}

Difference diff(const Schema& schema, const Resource& resource, const Value& wanted, const Observed& observed,
                const std::map<std::string, std::string>* applied) {
  Difference difference;
  std::map<std::string, std::string> digests;
  if (observed.stamp) digests = stamp_digests(schema, resource.wanted, observed.stamp->form);
  for (const Field& field : schema.fields) {
    if (field.computed != Computed::no || lacks_secret(resource.wanted.at(field.name))) continue;
    if (field.compare == Compare::observed) compare_observed(field, wanted, observed, applied, difference);
    if (field.compare == Compare::create_time && observed.stamp) {
      compare_stamped(field, digests, *observed.stamp, resource.wanted.at(field.name), difference);
    }
  }
  const bool protect = resource.lifecycle.protect == Protection::on;
  if (observed.stamp && resource.lifecycle.protect != Protection::unsaid && observed.stamp->protect != protect) {
    difference.updatable.push_back(
        {.field = "lifecycle.protect", .before = observed.stamp->protect, .after = protect, .cause = Cause::manifest});
  }
  if (schema.stamps_end && observed.stamp && observed.stamp->until != end_of(resource)) {
    difference.updatable.push_back({.field = "lifecycle.until",
                                    .before = end_value(observed.stamp->until),
                                    .after = end_value(end_of(resource)),
                                    .cause = Cause::manifest});
  }
  return difference;
}

}  // namespace muster::plan
