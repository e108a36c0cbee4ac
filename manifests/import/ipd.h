#pragma once

// What runs on an IPD server, as manifests.

#include <string>
#include <vector>

#include "manifests/starter.h"

namespace muster::manifests {

/// A project as its server tells of it; empty: it does not tell.
struct IpdProject {
  std::string name;
  std::string version;
  std::string exit_codes;
  std::string image_name;
  std::string image_sha256;
  std::string package_sha256;
};

struct IpdImportOptions {
  std::string url;
  std::string ca_file;   ///< absolute; empty: none
  std::string variable;  ///< that holds the token
  std::string uid;       ///< of a new fleet, by random_uid; empty: there is a fleet already
};

/// "deploy" of https://deploy.example.com/deploy; "ipd" of an address.
std::string ipd_server_name(const std::string& url);

/// The server, and for each project a directory with its Deployment; sorted by path. Images and packages are not to be
/// had from a server: each Deployment says where they have to be put, and with which digests nothing is deployed.
std::vector<StarterFile> import_ipd(const std::vector<IpdProject>& projects, const IpdImportOptions& options);

}  // namespace muster::manifests
