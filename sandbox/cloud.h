#pragma once

#include <map>
#include <string>
#include <vector>

#include "sandbox/world.h"

namespace muster::sandbox {

struct Flavor {
  std::string id;
  std::string name;
  int vcpus = 1;
  int ram_mb = 0;
  int disk_gb = 0;
};

struct Image {
  std::string id;
  std::string name;
  int min_disk_gb = 0;
  std::map<std::string, std::string> properties;
  std::string content_sha512;
  Time created;
};

/// What the cloud has before anybody uses it. Set up once, then only read.
struct Cloud {
  explicit Cloud(World& world);

  const Flavor* flavor(const std::string& id) const;  ///< null when there is none
  const Image* image(const std::string& id) const;
  /// The name of one of the projects; null when there is no such id.
  const std::string* project(const std::string& id) const;

  std::string region = "GRA3";
  std::string user_name = "demo";
  std::string password = "sandbox-password-not-a-secret";
  std::string project_name = "demo";
  std::string user_id;
  std::string project_id;
  /// A second project of the same user, with servers of its own. Quotas count both together.
  std::string other_project_name = "other";
  std::string other_project_id;
  std::string owner_project_id;  ///< owns images and network
  std::vector<Flavor> flavors;
  /// Newest first. "Debian 11" exists twice: a name is no key.
  std::vector<Image> images;
  std::string network_name = "Ext-Net";
  std::string network_id;
  std::string subnet_v4_id;
  std::string subnet_v6_id;
  Time founded;
};

}  // namespace muster::sandbox
