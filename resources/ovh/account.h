#pragma once

// OvhAccount: the manifest that says how the OVH API is reached.

#include "resources/contract/session.h"

namespace muster::ovh {

/// Its sessions are OvhSession. open() makes no call: the first call of a driver logs in.
class OvhAccount : public ConnectionKind {
 public:
  OvhAccount();
  const Schema& schema() const override { return schema_; }
  ConnectionLimits limits(const Manifest& manifest) const override;
  std::string login(const Manifest& manifest, const Environment& environment) const override;
  std::unique_ptr<Session> open(const Manifest& manifest, SecretReader& secrets, Context& context) const override;
  std::vector<Finding> examine(Session& session, const std::vector<const Resource*>& wanted,
                               Context& context) const override;

 private:
  Schema schema_;
};

}  // namespace muster::ovh
