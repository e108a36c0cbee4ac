#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/cloud.h"
#include "sandbox/http_message.h"
#include "sandbox/server_store.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// The project's security groups and their rules; "default" is there from the start. They are kept, not enforced.
/// Safe from any thread.
class SecurityGroups {
 public:
  SecurityGroups(World& world, const Cloud& cloud);

  std::optional<GroupReference> find(const std::string& name_or_id) const;
  std::vector<nlohmann::json> groups() const;
  std::vector<nlohmann::json> rules() const;
  Response create_group(const Request& request);
  Response update_group(const Request& request);
  /// Refused while `in_use` says so of the id.
  Response remove_group(const Request& request, const std::function<bool(const std::string&)>& in_use);
  Response create_rule(const Request& request);
  Response remove_rule(const Request& request);

 private:
  struct Group {
    std::string id;
    std::string name;
    std::string description;
    Time created;
    Time updated;
    int revision = 1;
    std::vector<std::string> rule_ids;
  };
  struct Rule {
    std::string id;
    std::string group_id;
    std::string direction;
    std::string ethertype;
    std::string protocol;  ///< empty: any
    std::optional<int> port_min;
    std::optional<int> port_max;
    std::string remote_prefix;
    std::string remote_group_id;
    std::string description;
    Time created;
  };

  Group& make_group(std::string name, std::string description);
  Rule& add_rule(Group& group, Rule rule);
  nlohmann::json view(const Group& group) const;
  nlohmann::json view(const Rule& rule) const;

  World& world_;
  const Cloud& cloud_;
  std::string default_id_;
  mutable std::mutex mutex_;  // guards all below
  std::map<std::string, Group> groups_;
  std::map<std::string, Rule> rules_;
};

}  // namespace muster::sandbox
