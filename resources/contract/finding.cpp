#include "resources/contract/finding.h"

namespace muster {

std::string_view to_string(FindingState state) {
  switch (state) {
    case FindingState::ok:
      return "ok";
    case FindingState::warning:
      return "warning";
    case FindingState::problem:
      return "problem";
  }
  return "problem";
}

}  // namespace muster
