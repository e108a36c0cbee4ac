#pragma once

// The open handle on an OvhAccount: its client, its zones, and what was learnt about its rights.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "resources/contract/session.h"
#include "resources/ovh/client.h"
#include "resources/ovh/record.h"
#include "resources/ovh/touched.h"

namespace muster::ovh {

/// A right of a key: * in `path` stands for any text.
struct AccessRule {
  std::string method;
  std::string path;
};

/// Thread-safe.
class OvhSession : public Session {
 public:
  OvhSession(Credentials credentials, Budget budget, std::vector<std::string> zones, net::Network* network = nullptr);

  Client& client() { return client_; }
  /// The zones the manifest names beside those in use: where leftovers are looked for.
  const std::vector<std::string>& zones() const { return zones_; }

  bool may_export(const std::string& zone) const;
  void cannot_export(const std::string& zone);
  bool may_batch() const;
  void cannot_batch();

  /// Rules of the key in use, asked once; nothing when OVH does not tell, then `why` of rules_unknown says so.
  std::optional<std::vector<AccessRule>> rules(Context& context);
  std::string rules_unknown() const;
  /// True for the first who asks about this zone: its right to publish is to be tried once.
  bool begin_refresh_trial(const std::string& zone);
  /// True for the first who asks about this zone: that its right to publish is not known is told once.
  bool begin_refresh_warning(const std::string& zone);

  /// The last complete read of a zone in this session, nullptr when there was none or something was written since.
  std::shared_ptr<const RRsets> last_read(const std::string& zone) const;
  void remember_read(const std::string& zone, std::shared_ptr<const RRsets> sets);
  void forget_read(const std::string& zone);

  /// What stands at `key`, told before it is written; the first to tell of it counts, until it is forgotten or set.
  void note_before(const std::string& zone, const RRsetKey& key, const std::set<std::string>& targets);
  Before before(const std::string& zone) const;
  void set_before(const std::string& zone, const RRsetKey& key, const std::set<std::string>& targets);
  /// The mark proves what this session wrote there.
  void forget_before(const std::string& zone, const RRsetKey& key);

 private:
  Client client_;
  const std::vector<std::string> zones_;
  mutable std::mutex mutex_;
  std::set<std::string> no_export_;
  bool batch_ = true;
  bool rules_asked_ = false;
  std::optional<std::vector<AccessRule>> rules_;
  std::string rules_unknown_;
  std::set<std::string> refresh_tried_;
  std::set<std::string> refresh_warned_;
  std::map<std::string, std::shared_ptr<const RRsets>> reads_;
  std::map<std::string, Before> before_;  ///< by zone
};

/// Precondition: the session is of OvhAccount. Throws Error(permanent) when the engine handed over another one.
OvhSession& ovh_session(Session& session);

}  // namespace muster::ovh
