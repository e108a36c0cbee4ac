#include "manifests/node.h"

#include <algorithm>

namespace muster::manifests {
namespace {

Origin origin_at(const Home* home, int line, int column) { return {home->file, line, column, home->manifest}; }

}  // namespace

Origin Member::where() const { return origin_at(home, line, column); }

Origin Node::where() const { return origin_at(home, line, column); }

const Member* Node::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.key == key; });
  return found == members.end() ? nullptr : &*found;
}

}  // namespace muster::manifests
