#pragma once

// The files of the repository that a configuration of Install Party becomes.

#include <string>
#include <vector>

#include "manifests/starter.h"

namespace muster::manifests {

/// What is no secret of a configuration, checked. Secrets are referred to by the names of variables.
struct RepositoryFacts {
  std::string uid;
  std::string schema;  ///< the JSON Schema of all manifests, for editors
  std::string beside;  ///< a file that Git shall not have
  std::string name_space;
  std::string zone;
  std::string version;
  bool version_is_default = false;
  std::string client;      ///< "Riot", "Element"
  std::string time_limit;  ///< seconds; empty: none was given
  std::string user;
  std::string endpoint;
  std::string auth_url;
  std::string tenant_name;
  std::string tenant_id;
  std::string username;
  std::string region;
  std::string image;
  std::string flavor;
};

/// Fleet, connections, a Workshop without hosts, their schema, .gitignore; sorted by path. They load without errors.
std::vector<StarterFile> repository_files(const RepositoryFacts& facts);

}  // namespace muster::manifests
