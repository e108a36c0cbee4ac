#pragma once

// Where the programs of a workshop host are downloaded from, and what they must digest to. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/manifest.h"

namespace muster::workshop {

struct Download {
  std::string url;
  std::string checksum;  ///< lower-case hex, SHA-256 or SHA-512
};

/// A program whose archive a host downloads; what a Workshop says of it stands in `spec.<field>`.
struct Program {
  std::string_view field;            ///< "element"
  std::string_view default_version;  ///< its checksum is known here
  std::string_view default_url;      ///< a template with {version}
  std::string_view default_checksum;
};

const Program& element_program();
const Program& caddy_program();

/// The download that `manifest` asks for. A version or address of one's own needs a checksum of one's own: its absence
/// is a diagnostic.
Download download_of(const Program& program, const Manifest& manifest, std::vector<Diagnostic>& diagnostics);

}  // namespace muster::workshop
