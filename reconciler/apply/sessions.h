#pragma once

// The open sessions of one run.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/manifest.h"
#include "resources/contract/registry.h"
#include "resources/contract/session.h"

namespace muster::apply {

/// Opens each connection at most once, when it is first needed. Thread-safe; a lasting failure is remembered and
/// thrown again, so that one wrong password is one request and one message.
class Sessions {
 public:
  Sessions(const Registry& registry, const Catalog& catalog, SecretReader& secrets, Context& context);
  ~Sessions();

  /// `connection` is "OpenStackProject/cloud", or "" for kinds without session. Throws what ConnectionKind::open
  /// throws.
  Session& get(const std::string& connection);
  /// A connection that a resource offers, by its filled spec.
  Session& get_offered(const std::string& kind, const std::string& name, const Value& filled_spec);
  /// A digest of the connection's manifest and of where it logs in and as whom, told without a call; nothing when that
  /// cannot be told, because there is no manifest or something is missing.
  std::optional<std::string> login(const std::string& connection) const;
  /// Where its objects are, as the backend tells. Opens it; throws what that and ConnectionKind::place throw.
  Place place(const std::string& connection);
  ConnectionLimits limits(const std::string& connection) const;

 private:
  struct Entry;
  Session* opened_before(const std::string& connection);
  Session& open(const std::string& key, const ConnectionKind& kind, const Manifest& manifest);

  const Registry& registry_;
  const Catalog& catalog_;
  SecretReader& secrets_;
  Context& context_;
  std::unique_ptr<Session> none_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
  std::map<std::string, std::string> offered_specs_;  ///< digest of the spec an offered connection was opened with
  std::vector<std::shared_ptr<Entry>> retired_;       ///< kept: a worker may still use them
};

}  // namespace muster::apply
