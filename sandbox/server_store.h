#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "sandbox/cloud.h"
#include "sandbox/guest_directory.h"
#include "sandbox/sandbox.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// What becomes of a server once its BUILD time is over.
enum class Fate { active, error, stuck };

/// A security group, as Nova keeps it with a server.
struct GroupReference {
  std::string id;
  std::string name;
};

struct Server {
  std::uint64_t number = 0;  ///< order of creation
  std::string id;
  std::string project_id;
  std::string name;
  std::string description;
  const Flavor* flavor = nullptr;
  std::string image_id;  ///< empty: booted from a volume
  std::map<std::string, std::string> metadata;
  std::set<std::string> tags;
  std::string key_name;
  std::string config_drive;
  std::vector<GroupReference> security_groups;
  /// base64 as sent; shared, because lists copy servers.
  std::shared_ptr<const std::string> user_data;

  bool on_network = true;
  std::string wanted_v4;  ///< a fixed address asked for at creation
  std::string v4;
  std::string v6;
  std::string mac;
  std::string port_id;
  bool v6_first = false;
  std::string host_id;

  Time created;
  Time updated;
  Time ready_at;                    ///< end of BUILD
  std::optional<Time> launched_at;  ///< set once it was built and then changed; what came later does not undo it
  Fate fate = Fate::active;
  std::string fault;
  bool stopped = false;
  bool hard_reboot = false;
  bool reachable = true;  ///< its cell answers
  Time rebooting_until;
  std::optional<Time> deleting_since;
  std::optional<Time> deleted_at;
};

/// What Nova says about a server at one moment.
struct ServerState {
  std::string status;      ///< BUILD, ACTIVE, ERROR, SHUTOFF, REBOOT, HARD_REBOOT, DELETED
  std::string vm_state;    ///< building, active, error, stopped, deleted
  std::string task_state;  ///< empty: none
  int power = 0;
  bool built() const { return vm_state == "active" || vm_state == "stopped"; }
};
ServerState state_of(const Server& server, Time now, std::chrono::milliseconds boot_time);

struct ServerFilter {
  std::string project_id;       ///< empty: of any
  bool reachable_only = false;  ///< as pages are: those of a cell that does not answer are left out
  std::optional<std::regex> name;
  std::optional<std::regex> ip;
  std::set<std::string> statuses;  ///< empty: any
  std::vector<std::string> tags;
  std::vector<std::string> tags_any;
  std::vector<std::string> not_tags;
  std::vector<std::string> not_tags_any;
  std::optional<std::string> flavor_id;
  std::optional<std::string> image_id;
  std::optional<std::string> key_name;
  std::optional<Time> changes_since;  ///< shows deleted servers too
};

struct Usage {
  std::int64_t instances = 0;
  std::int64_t cores = 0;
  std::int64_t ram_mb = 0;
};

/// All servers of all projects. They age by the world's clock: nothing runs, states are computed when somebody looks.
/// Safe from any thread.
class ServerStore {
 public:
  ServerStore(World& world, const OpenStackOptions& options);

  /// Makes servers like `model`; a count above 1 names them name-1, name-2 ... Returns them, or why not (quota).
  std::variant<std::vector<Server>, std::string> create(const Server& model, int count);
  std::optional<Server> find(const std::string& id);
  /// At most `limit` servers, newest first, after `marker` (empty: from the start); nullopt when there is no marker.
  std::optional<std::vector<Server>> list(const ServerFilter& filter, std::size_t limit, const std::string& marker);
  /// Applies `edit` and writes a ledger entry that says `what`; false when there is no such server.
  bool change(const std::string& id, const std::string& what, const std::function<void(Server&)>& edit);
  /// As DELETE does: gone at once in BUILD and ERROR, otherwise after the deletion time.
  bool remove(const std::string& id);
  /// Somebody else removed it.
  bool vanish(const std::string& id);
  Usage usage();
  /// Lets pass what is due, such as deletions, so that the ledger says so.
  void settle();
  std::optional<Server> at_address(const std::string& address);
  GuestDirectory guests();
  std::vector<Server> with_ports(const std::string& server_id);

  Time now() const { return world_.clock(); }
  ServerState state(const Server& server) const { return state_of(server, now(), options_.boot_time); }

 private:
  using Servers = std::map<std::uint64_t, Server, std::greater<>>;

  void settle_locked(Time now);
  void bury(Servers::iterator server, Time when, const std::string& by);
  std::optional<std::string> refusal(const Server& model, int count) const;
  Server make(const Server& model, std::string name, Time now);
  void give_address(Server& server);
  bool fits(const Server& server, const ServerFilter& filter, Time now) const;
  Servers::iterator locate(const std::string& id);

  World& world_;
  const OpenStackOptions options_;
  const std::vector<std::string> host_ids_;

  std::mutex mutex_;  // guards all below
  Servers alive_;
  Servers gone_;
  std::unordered_map<std::string, std::uint64_t> numbers_;
  std::unordered_map<std::string, std::uint64_t> addresses_;
  /// (when, number) of the deletions under way, soonest first.
  std::set<std::pair<Time, std::uint64_t>> deletions_;
  std::uint64_t next_number_ = 1;
  std::uint32_t next_host_ = 2;
  Usage usage_;
};

}  // namespace muster::sandbox
