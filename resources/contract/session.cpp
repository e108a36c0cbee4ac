#include "resources/contract/session.h"

namespace muster {

std::vector<Finding> ConnectionKind::examine(Session&, const std::vector<const Resource*>&, Context&) const {
  return {};
}

}  // namespace muster
