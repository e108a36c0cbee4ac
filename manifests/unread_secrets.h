#pragma once

// A secret that cannot be read is one mistake, in however many manifests it stands.

#include <string>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/secret.h"

namespace muster::manifests {

struct UnreadSecret {
  std::string manifest;  ///< "Workshop/my-event"; empty where it stands in the Fleet's defaults
  SecretOrigin origin;
  Diagnostic problem;       ///< at one of the places it is needed
  Diagnostic not_compared;  ///< the same for those who can do without it
};

/// Of the diagnostics that are problems in `unread` leaves one for each origin, at its first place; it names the next
/// ones and counts the others. Precondition: the diagnostics are sorted.
void tell_once(std::vector<Diagnostic>& diagnostics, const std::vector<UnreadSecret>& unread);

/// Says what is not compared, each secret once; sorted.
std::vector<Diagnostic> warnings_of(std::vector<UnreadSecret> unread);

}  // namespace muster::manifests
