#pragma once

// Who we are to Keystone, wherever that was written down.

#include <string>

#include "resources/contract/context.h"
#include "resources/contract/manifest.h"
#include "resources/contract/secret.h"

namespace muster::openstack {

enum class LoginMethod { password, application_credential, token };

/// Names and ids are alternatives: a name is empty when the id was given.
struct Credentials {
  LoginMethod method = LoginMethod::password;
  std::string source;    ///< for messages: "OS_* variables", "cloud lab of /etc/openstack/clouds.yaml", "the manifest"
  std::string auth_url;  ///< ends in /v3
  std::string username;
  std::string user_id;
  std::string user_domain_name;
  std::string user_domain_id;
  std::string password;
  std::string project_name;
  std::string project_id;
  std::string project_domain_name;
  std::string project_domain_id;
  std::string application_credential_id;
  std::string application_credential_name;
  std::string application_credential_secret;
  std::string token;
  std::string region;  ///< empty: the only one there is
  std::string interface_name = "public";
  std::string ca_file;
  bool verify_peer = true;
};

/// From the one source that the manifest chooses: its own fields, its `cloud`, else the OS_* variables. Reads files,
/// never the network. Passwords and tokens have been given to the Redactor. Throws Error(invalid) that names everything
/// missing, or the two methods that were mixed.
Credentials credentials_for(const Manifest& manifest, SecretReader& secrets, const Environment& environment,
                            Redactor& redactor);

/// Whose cloud it is: every fact that makes it another login or another project, nothing secret.
std::string login_text(const Credentials& credentials);

}  // namespace muster::openstack
