#pragma once

#include "resources/contract/blueprint.h"

namespace muster::deployment {

/// `kind: Deployment`: an image and a package for a project on an IPD server.
class DeploymentBlueprint : public Blueprint {
 public:
  DeploymentBlueprint();
  const Schema& schema() const override { return schema_; }
  Expansion expand(const Manifest& manifest, const Catalog& catalog) const override;
  FieldSources sources(const Manifest& manifest, std::string_view kind) const override;

 private:
  Schema schema_;
};

}  // namespace muster::deployment
