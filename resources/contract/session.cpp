#include "resources/contract/session.h"

namespace muster {

bool ConnectionKind::is_on_machine(const Manifest&) const { return false; }

Place ConnectionKind::place(const Manifest&, Session&, Context&) const { return {}; }

std::vector<Finding> ConnectionKind::examine(Session&, const std::vector<const Resource*>&, Context&) const {
  return {};
}

}  // namespace muster
