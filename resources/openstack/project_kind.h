#pragma once

#include "resources/contract/session.h"

namespace muster::openstack {

/// `kind: OpenStackProject`: a project in a region, and how to log in.
class ProjectKind : public ConnectionKind {
 public:
  ProjectKind();
  const Schema& schema() const override { return schema_; }
  ConnectionLimits limits(const Manifest& manifest) const override;
  std::string login(const Manifest& manifest, const Environment& environment) const override;
  std::unique_ptr<Session> open(const Manifest& manifest, SecretReader& secrets, Context& context) const override;
  Place place(const Manifest& manifest, Session& session, Context& context) const override;
  std::vector<Finding> examine(Session& session, const std::vector<const Resource*>& wanted,
                               Context& context) const override;

 private:
  Schema schema_;
};

}  // namespace muster::openstack
