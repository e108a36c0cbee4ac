#pragma once

// What a workshop host does at its first boot, as cloud-init user data. Pure.

#include <string>
#include <vector>

#include "resources/contract/value.h"
#include "resources/workshop/releases.h"

namespace muster::workshop {

/// What all hosts of one workshop have in common. Texts are validated by then: a name is a DNS name, an address has no
/// blanks or quotes.
struct BootSettings {
  std::string user;  ///< empty: no password login
  Value password;    ///< a Secret hole, clear and without a label
  bool per_host_password = false;
  Download element;
  Download caddy;
  bool internal_tls = false;
  std::string acme_email;  ///< may be empty
  std::string acme_ca;     ///< empty: Caddy's own choice, Let's Encrypt
  std::string post_install;
};

/// Makes the user data of each host. The texts that do not differ are shared between the hosts.
class BootWriter {
 public:
  explicit BootWriter(BootSettings settings);

  /// A Document hole: "#cloud-config" and a mapping. `key` names the host for good ("my-event/abcde"): a password of
  /// its own derives from it. `name` is the host's full DNS name.
  Value user_data(const std::string& key, const std::string& host, const std::string& name) const;

 private:
  List files(const std::string& name) const;

  BootSettings settings_;
  List common_files_;
};

/// A file of write_files.
Value boot_file(std::string path, std::string mode, Value content);

std::string caddyfile(const BootSettings& settings, const std::string& name);

}  // namespace muster::workshop
