#pragma once

// Names and ids of what a server is made from, resolved once per session.

#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/error.h"
#include "resources/openstack/client.h"

namespace muster::openstack {

struct Image {
  std::string id;
  std::string name;
  std::int64_t min_disk_gb = 0;
  std::int64_t min_ram_mb = 0;
  std::int64_t bytes = 0;  ///< on the server's disk, as far as Glance tells
};

struct Flavor {
  std::string id;
  std::string name;
  std::int64_t vcpus = 0;
  std::int64_t ram_mb = 0;
  std::int64_t disk_gb = 0;
};

struct Network {
  std::string id;
  std::string name;
  /// External and not shared: by default Nova puts servers of administrators on it only.
  bool is_closed = false;
};

/// Each look-up takes a name or an id, asks the cloud the first time only, and throws Error(invalid) when there is none
/// (with a did-you-mean) or several of that name (with their ids); that answer is remembered as well. Any other fault
/// is of the call, not of the name, and the next caller asks again. Thread-safe; the first caller asks, others wait.
class Names {
 public:
  explicit Names(Client& client) : client_(client) {}

  Image image(const std::string& name_or_id, Context& context);
  Flavor flavor(const std::string& name_or_id, Context& context);
  Network network(const std::string& name_or_id, Context& context);
  std::string security_group_id(const std::string& name_or_id, Context& context);
  /// Key pairs have no ids; throws when the user has none of that name.
  void check_key_pair(const std::string& name, Context& context);

 private:
  /// What a name turned out to stand for, or why for nothing.
  template <typename Thing>
  using Answers = std::map<std::string, std::variant<Thing, Error>>;

  /// The answer to `name`, by `look_up` the first time. Precondition: mutex_ is held.
  template <typename Thing, typename LookUp>
  static Thing remembered(Answers<Thing>& answers, const std::string& name, const LookUp& look_up);
  Image find_image(const std::string& name_or_id, Context& context);
  void refuse_inactive(const std::string& name, Context& context);
  nlohmann::json find_network_thing(const std::string& collection, const std::string& what,
                                    const std::string& name_or_id, Context& context);
  const std::vector<Flavor>& flavors(Context& context);

  Client& client_;
  std::mutex mutex_;
  Answers<Image> images_;
  Answers<Network> networks_;
  Answers<std::string> security_groups_;
  std::optional<std::vector<Flavor>> flavors_;
  std::optional<std::vector<std::string>> key_pairs_;
};

}  // namespace muster::openstack
