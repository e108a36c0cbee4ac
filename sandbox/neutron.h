#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sandbox/cloud.h"
#include "sandbox/http_service.h"
#include "sandbox/keystone.h"
#include "sandbox/sandbox.h"
#include "sandbox/security_groups.h"
#include "sandbox/server_store.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Neutron v2 as clients of a public network see it: Ext-Net and its subnets, the ports of servers, security groups.
class Neutron {
 public:
  Neutron(World& world, const OpenStackOptions& options, const Cloud& cloud, const Keystone& keystone,
          ServerStore& servers);
  HttpService& service() { return service_; }
  const HttpService& service() const { return service_; }
  SecurityGroups& security_groups() { return groups_; }

 private:
  /// One kind of thing that can be listed and shown: networks, subnets ...
  struct Collection {
    std::string name;     ///< "networks"
    std::string element;  ///< "network"
    std::string missing;  ///< "Network {} could not be found."
    std::string fault;    ///< "NetworkNotFound"
    std::function<std::vector<nlohmann::json>(const Request&)> all;
  };

  void route(const std::string& method, const std::string& path, Handler handler);
  void add_collection(Collection collection);
  void add_group_routes();
  void add_quota_routes();
  void add_refusals();
  Response list(const Collection& collection, const Request& request) const;
  Response show(const Collection& collection, const Request& request) const;
  nlohmann::json network() const;
  nlohmann::json subnet(int ip_version) const;
  nlohmann::json port(const Server& server) const;
  bool has_port_with_group(const std::string& group_id) const;
  nlohmann::json quota(bool detailed) const;

  const Cloud& cloud_;
  const Keystone& keystone_;
  ServerStore& servers_;
  const std::int64_t quota_ports_;
  SecurityGroups groups_;
  HttpService service_;
};

}  // namespace muster::sandbox
