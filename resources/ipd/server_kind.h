#pragma once

#include "resources/contract/session.h"

namespace muster::ipd_driver {

/// `kind: IpdServer`: where an IPD server listens, and the token to speak to it with.
class IpdServer : public ConnectionKind {
 public:
  IpdServer();
  const Schema& schema() const override { return schema_; }
  bool is_on_machine(const Manifest& manifest) const override;
  ConnectionLimits limits(const Manifest& manifest) const override;
  std::string login(const Manifest& manifest, const Environment& environment) const override;
  std::unique_ptr<Session> open(const Manifest& manifest, SecretReader& secrets, Context& context) const override;
  std::vector<Finding> examine(Session& session, const std::vector<const Resource*>& wanted,
                               Context& context) const override;

 private:
  Schema schema_;
};

}  // namespace muster::ipd_driver
