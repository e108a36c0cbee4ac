#pragma once

// The blueprint of a workshop: hosts on OpenStack, each with its DNS name at OVH, a login, a web client and TLS.

#include <string_view>

#include "resources/contract/blueprint.h"

namespace muster::workshop {

class Workshop : public Blueprint {
 public:
  Workshop();
  const Schema& schema() const override { return schema_; }

  /// Per host a server, an RRset per address version and its readiness checks; one DNS scope for all.
  /// Nothing is expanded when a diagnostic is an error.
  Expansion expand(const Manifest& manifest, const Catalog& catalog) const override;
  FieldSources sources(const Manifest& manifest, std::string_view kind) const override;

 private:
  Schema schema_;
};

/// Every field of a Workshop manifest, with its documentation.
Schema workshop_schema();

}  // namespace muster::workshop
