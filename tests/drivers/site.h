#pragma once

// One fleet in a sandbox, and the engine run in this process as the commands run it.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconciler/apply/reconcile.h"
#include "resources/contract/registry.h"
#include "sandbox/sandbox.h"
#include "tests/drivers/local_ipd.h"

namespace muster::test {

/// What a fault rule of the sandbox picks a call by: regular expressions.
struct CallPattern {
  std::string service;
  std::string method;
  std::string path;
  int skip = 0;  ///< so many such calls are left alone first
};

/// What one run did.
struct Run {
  apply::Prepared prepared;
  apply::Report report;
  int code = 0;       ///< the exit code of the command
  std::string words;  ///< everything it complains about, a line each

  bool converged() const { return code == 0; }
  /// Of the steps about `id`, flushes left out.
  std::vector<plan::Step> steps(const ResourceId& id) const;
};

/// What a site has around it; each must outlive it.
struct Surroundings {
  Clock* clock = nullptr;            ///< of the cloud too; nullptr: the hasty one
  Milestones* milestones = nullptr;  ///< told where runs are
  std::filesystem::path below{};     ///< where its databases are put; empty: among temporary files
  /// Called by the coordinator now and then while a run goes on, and as soon as a step waits.
  std::function<void(const std::vector<apply::StepState>& states)> tick{};
};

class Site {
 public:
  explicit Site(Surroundings surroundings = {});
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// Each is a process of its own: new sessions, the same database and cloud.
  Run plan(const std::vector<Resource>& wanted);
  Run apply(const std::vector<Resource>& wanted);
  Run destroy(const std::vector<Resource>& wanted);
  /// Takes over what stands where it is wanted.
  Run adopt(const std::vector<Resource>& wanted);
  /// Ends as soon as `id` is begun, as on Ctrl+C: its call is under way, and nobody waits for what comes of it.
  Run apply_until(const std::vector<Resource>& wanted, const ResourceId& id);
  /// Another fleet, from another machine.
  Run other_fleet_applies(const std::vector<Resource>& wanted);

  void lose_database();
  sandbox::Sandbox& cloud() { return cloud_; }
  /// The server of IpdServer/shop: there from now on, or from the first run on that wants something there.
  LocalIpd& ipd();

  /// From now on the answer to the first such call is lost after the call was carried out.
  void lose_answer(const CallPattern& call);
  /// The incarnation with which the create of `id` was begun and not ended; zero when there is none.
  Incarnation open_create(const ResourceId& id);

  const sandbox::Ledger& ledger() const { return cloud_.ledger(); }
  /// Where the ledger stands: for the questions below.
  std::uint64_t now() const;
  /// Objects that were made, changed or removed since then, and calls that write, as lines.
  std::vector<std::string> writes_since(std::uint64_t seq) const;
  /// Entries about objects of `kind` since then.
  std::vector<sandbox::LedgerEntry> happened(const std::string& kind, std::uint64_t seq) const;
  /// How many objects of each kind were ever made, whoever made them.
  std::map<std::string, std::size_t> ever_made() const;
  /// "KIND ID" of every object that stands, whoever made it.
  std::set<std::string> standing() const;

  /// The sandbox's control service; the answer is null when it is empty.
  nlohmann::json control(const std::string& method, const std::string& path, const nlohmann::json& body);

  const Registry& registry() const { return registry_; }

 private:
  struct Fleet;
  struct Ambient;
  struct Way {
    plan::Goal goal = plan::Goal::converge;
    bool writes = true;
    bool adopts = false;
    const ResourceId* until = nullptr;
  };
  std::vector<Manifest> connections() const;
  void start_what_is_needed(const std::vector<Resource>& wanted);
  Run run(const Fleet& fleet, const std::vector<Resource>& wanted, const Way& way);

  const Surroundings surroundings_;
  std::filesystem::path directory_;
  sandbox::Sandbox cloud_;
  std::unique_ptr<LocalIpd> ipd_;
  Registry registry_;
  std::unique_ptr<Fleet> ours_;
  std::unique_ptr<Fleet> theirs_;
};

}  // namespace muster::test
