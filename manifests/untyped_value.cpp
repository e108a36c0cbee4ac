#include "manifests/untyped_value.h"

#include "manifests/scalars.h"

namespace muster::manifests {

Value untyped_value(const Node& node) {
  switch (node.shape) {
    case Node::Shape::null:
      return {};
    case Node::Shape::sequence: {
      List items;
      for (const NodePtr& item : node.items) items.push_back(untyped_value(*item));
      return items;
    }
    case Node::Shape::mapping: {
      Map members;
      for (const Member& member : node.members) members.emplace(member.key, untyped_value(*member.value));
      return members;
    }
    case Node::Shape::scalar:
      break;
  }
  if (node.quoted) return node.text;
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const auto number = parse_integer(node.text)) return *number;
  return node.text;
}

}  // namespace muster::manifests
