#pragma once

// Our own tree of a YAML document: nothing is typed, everything knows its place.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/resource.h"

namespace muster::manifests {

/// What all nodes of one document share.
struct Home {
  std::string file;
  std::string manifest;  ///< "Workshop/my-event", once it is known
};

struct Node;
/// Shared, because an alias is the very node it stands for.
using NodePtr = std::shared_ptr<const Node>;

struct Member {
  std::string key;
  int line = 0;  ///< of the key
  int column = 0;
  const Home* home = nullptr;
  NodePtr value;

  Origin where() const;
};

struct Node {
  enum class Shape { null, scalar, sequence, mapping };
  Shape shape = Shape::null;
  bool quoted = false;  ///< a scalar in quotes or in block form: never a number or a truth value
  int line = 0;
  int column = 0;
  const Home* home = nullptr;  ///< owned by the document, which outlives its nodes
  std::string text;
  std::vector<NodePtr> items;
  std::vector<Member> members;
  /// Nodes in this tree with aliases written out, and how deep they nest: for the bounds.
  std::size_t weight = 1;
  std::size_t depth = 1;

  Origin where() const;
  const Member* find(std::string_view key) const;
};

struct Document {
  std::shared_ptr<Home> home;
  NodePtr root;
};

}  // namespace muster::manifests
