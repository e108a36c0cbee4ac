#pragma once

// Nova's server, as far as muster reads it.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/observed.h"
#include "resources/openstack/stamp_metadata.h"

namespace muster::openstack {

struct Address {
  std::string network;
  int version = 4;
  std::string text;
  bool fixed = true;
};

struct Server {
  std::string id;
  std::string name;
  std::string status;
  std::string task_state;
  std::string fault;
  Metadata metadata;
  std::vector<Address> addresses;
  std::vector<std::string> tags;  ///< sorted
  std::int64_t vcpus = 0;         ///< of its flavor; zero when Nova tells no more than the flavor's id
  std::int64_t ram_mb = 0;
  Time created{};
  Time updated{};
  bool launched = false;  ///< it ran at least once, whatever became of it
  /// False for the bare id that Nova shows of a server whose cell does not answer.
  bool detailed = false;
};

Server server_from(const nlohmann::json& item);

/// Condition and the backend's words for it. Nova tells that a server failed a moment before it tells why: until then,
/// for at most ten seconds, the server counts as progressing.
struct ServerState {
  Condition condition = Condition::unknown;
  std::string evidence;
};
ServerState state_of(const Server& server, Time now);

/// `fleet` is ours: what carries another's stamp, or none that can be read, is foreign and gets the id
/// openstack.server:<backend id>. Addresses of `network` go first when there are several networks.
Observed observed_from(const Server& server, const std::string& fleet, const std::string& network, Time now);

}  // namespace muster::openstack
