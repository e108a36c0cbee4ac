#include "reconciler/plan/memo.h"

namespace muster::plan {
namespace {

/// 128 bits are plenty: a memo is looked up by id first.
std::string short_digest(std::string_view text) { return digest_bytes(text).substr(0, 32); }

std::string wanted_text(const Schema& schema, const Resource& resource) {
  std::string text = to_canonical_json(resource.wanted);
  text += resource.lifecycle.protect ? "\nprotect " : "\n";
  text += std::to_string(static_cast<int>(resource.lifecycle.replace));
  for (const Field& field : schema.fields) {
    if (field.compare != Compare::not_compared && field.computed == Computed::no) text += ' ' + field.name;
  }
  return text;
}

std::string observed_text(const Observed& observed) {
  std::string text = to_canonical_json(observed.attributes);
  text += '\n';
  text += to_string(observed.condition);
  if (observed.stamp) {
    text += observed.stamp->protect ? "\nprotect " : "\n";
    text += std::to_string(observed.stamp->form);
    for (const auto& [field, digits] : observed.stamp->digests) text += '\n' + field + '=' + digits;
  }
  return text;
}

}  // namespace

Memo memo_of(const Schema& schema, const Resource& resource, const Value& filled, const Observed& observed) {
  Memo memo{resource.id, short_digest(wanted_text(schema, resource)), {}, short_digest(observed_text(observed))};
  if (filled != resource.wanted) memo.refs = short_digest(to_canonical_json(filled));
  return memo;
}

}  // namespace muster::plan
