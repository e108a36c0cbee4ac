#include "manifests/merge_defaults.h"

#include <algorithm>
#include <memory>
#include <string_view>

namespace muster::manifests {
namespace {

const Field* field_named(const std::vector<Field>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

NodePtr merge_defaults(const NodePtr& own, const NodePtr& defaults, const Field& field) {
  const bool joins = field.type == Type::record || field.type == Type::dictionary;
  if (!own) return defaults;
  if (!defaults || !joins || own->shape != Node::Shape::mapping || defaults->shape != Node::Shape::mapping) return own;
  auto merged = std::make_shared<Node>(*own);
  static const Field any_text{};
  for (Member& member : merged->members) {
    const Member* under = defaults->find(member.key);
    const Field* inner = field.type == Type::record ? field_named(field.fields, member.key)
                         : field.fields.empty()     ? &any_text
                                                    : &field.fields[0];
    if (under != nullptr && inner != nullptr) member.value = merge_defaults(member.value, under->value, *inner);
  }
  for (const Member& member : defaults->members) {
    if (own->find(member.key) == nullptr) merged->members.push_back(member);
  }
  return merged;
}

}  // namespace muster::manifests
