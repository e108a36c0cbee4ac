#include "resources/contract/finding.h"

#include "resources/contract/error.h"

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

void Findings::add(FindingState state, std::string subject, std::string text, std::string hint) {
  findings_.push_back({state, std::move(subject), std::move(text), std::move(hint)});
}

bool Findings::attempt(std::string_view subject, const std::function<void()>& look) {
  try {
    look();
    return true;
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    add(FindingState::problem, std::string(subject), error.message(), error.hint());
    return false;
  }
}

}  // namespace muster
