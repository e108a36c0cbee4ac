#pragma once

// A fleet with a canary in every secret, whose every call may be echoed, and all that it has written.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/campaigns/canary.h"
#include "tests/campaigns/echoing_proxy.h"
#include "tests/campaigns/killed_run.h"

namespace muster::test {

inline const Canary application_secret = canary("OVH's application secret");
inline const Canary consumer_key = canary("OVH's consumer key");
inline const Canary client_secret = canary("the secret of OVH's OAuth2 client");
inline const Canary access_token = canary("OVH's access token");
inline const Canary credential_secret = canary("the application credential's secret");
inline const Canary shared_password = canary("the password of all hosts");
inline const Canary base_password = canary("what the hosts' own passwords derive from");
inline const Canary wrong_password = canary("a wrong password");
inline const Canary wrong_secret = canary("a wrong application secret");

class CanaryLife {
 public:
  using Words = std::vector<std::string>;

  CanaryLife();

  Party& party() { return fleet_.party(); }
  sandbox::Sandbox& cloud() { return fleet_.party().cloud(); }
  /// Of Keystone, and of OVH's API, as the fleet has them.
  std::string auth_url() const { return keystone_.url() + "/v3"; }
  std::string endpoint() const { return ovh_.url() + "/1.0"; }

  EndedRun run(const Words& words, const std::optional<Blow>& blow = {});
  /// The program itself, killed after so many calls while it writes to a file as a shell would have it.
  void kill_process(Words words, std::uint64_t calls);

  /// From now on everything that can go wrong does, some of it at any time; or nothing any more.
  void break_everything(bool yes);
  /// Every request is refused with what it said.
  void refuse_all(bool yes);

  /// With the tokens that were given out, and the passwords that were added.
  std::vector<Canary> canaries() const;
  void add_password(const std::string& password) { passwords_.insert(password); }
  const Traces& traces() const { return traces_; }
  std::size_t runs() const { return runs_; }
  std::size_t refusals() const;

 private:
  std::vector<EchoingProxy*> proxies();
  std::uint64_t all_calls();
  void collect_files();

  KillableFleet fleet_;
  EchoingProxy keystone_{fleet_.party().cloud().url("keystone")};
  EchoingProxy ovh_{fleet_.party().cloud().url("ovh")};
  std::vector<std::unique_ptr<EchoingProxy>> proxies_;  ///< of the services that Keystone names
  std::set<std::string> passwords_;
  Traces traces_;
  std::size_t runs_ = 0;
};

}  // namespace muster::test
