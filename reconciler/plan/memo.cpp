#include "reconciler/plan/memo.h"

#include "reconciler/plan/diff.h"

namespace muster::plan {
namespace {

void add_schema(Fingerprinter& fingerprinter, const Schema& schema) {
  for (const Field& field : schema.fields) {
    if (field.compare == Compare::not_compared || field.computed != Computed::no) continue;
    fingerprinter.add_text(field.name);
    fingerprinter.add(static_cast<int>(field.type));
    fingerprinter.add(static_cast<int>(field.compare));
    fingerprinter.add(static_cast<int>(field.mutability));
  }
}

void add_observed(Fingerprinter& fingerprinter, const Observed& observed) {
  fingerprinter.add(observed.attributes);
  fingerprinter.add_text(to_string(observed.condition));
  fingerprinter.add(observed.stamp.has_value());
  if (!observed.stamp) return;
  fingerprinter.add(observed.stamp->protect);
  fingerprinter.add(observed.stamp->until);
  fingerprinter.add(observed.stamp->form);
  for (const auto& [field, digits] : observed.stamp->digests) {
    fingerprinter.add_text(field);
    fingerprinter.add_text(digits);
  }
}

}  // namespace

Fingerprint memo_of(Fingerprinter& fingerprinter, const Schema& schema, const Resource& resource, const Value& filled,
                    const Observed& observed) {
  add_schema(fingerprinter, schema);
  fingerprinter.add(resource.wanted);
  if (&filled != &resource.wanted) fingerprinter.add(filled);
  fingerprinter.add(static_cast<std::int64_t>(resource.lifecycle.protect));
  fingerprinter.add(static_cast<int>(resource.lifecycle.replace));
  fingerprinter.add(end_of(resource));
  add_observed(fingerprinter, observed);
  return fingerprinter.take();
}

}  // namespace muster::plan
