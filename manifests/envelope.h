#pragma once

// What all documents share: apiVersion, kind, metadata, and a spec that is not looked into here.

#include <map>
#include <string>
#include <vector>

#include "manifests/node.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/schema.h"

namespace muster::manifests {

class Patterns;

struct Envelope {
  std::string kind;  ///< empty when missing or unknown
  std::string name;  ///< empty when missing or unfit
  std::map<std::string, std::string> labels;
  NodePtr spec;  ///< null when there is none
  Origin origin;
  std::map<std::string, Origin, std::less<>> marks;

  bool is_usable() const { return !kind.empty() && !name.empty(); }
  std::string key() const { return kind + "/" + name; }
};

/// The only version there is.
inline constexpr const char* api_version = "muster/v1";

/// The fields of `metadata`.
const std::vector<Field>& metadata_fields();

/// `kinds`: what may stand after `kind:`. Names the document's home, so that places know their manifest.
Envelope open_envelope(const Document& document, const std::vector<std::string>& kinds, Patterns& patterns,
                       std::vector<Diagnostic>& diagnostics);

}  // namespace muster::manifests
