#pragma once

// Which OVH API is spoken to, and as whom: found in the manifest, else in OVH_* variables, else in ovh.conf.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/manifest.h"

namespace muster::ovh {

struct ApplicationKey {
  std::string application_key;  ///< public
  std::string application_secret;
  std::string consumer_key;
};
struct OAuth2Client {
  std::string client_id;  ///< public
  std::string client_secret;
};
struct AccessToken {
  std::string token;
};
using Login = std::variant<ApplicationKey, OAuth2Client, AccessToken>;

struct Endpoint {
  std::string name;       ///< "ovh-eu", or the URL itself
  std::string url;        ///< with "/1.0", without a trailing slash
  std::string token_url;  ///< OAuth2; empty where the platform has none
  /// Where a person makes keys with the rights in `query`: "GET=/domain/zone/...&POST=...".
  std::string create_token_url(std::string_view query) const;
};

/// By name, or any URL (a text with a slash). Throws Error(invalid) listing the names, with a did-you-mean.
Endpoint find_endpoint(std::string_view name_or_url);

struct Credentials {
  Endpoint endpoint;
  Login login;
  std::string origin;  ///< where the login came from, for messages: "manifest OvhAccount/dns", "/etc/ovh.conf"
  /// What the budget of calls is kept under; tells nothing secret.
  std::string budget_key() const;
};

/// Section, then key, of an ini file. Lines that are neither a section, "key = value" nor a comment throw
/// Error(invalid) naming `file` and line.
using Ini = std::map<std::string, std::map<std::string, std::string>>;
Ini parse_ini(std::string_view text, std::string_view file);

/// Content of a file, or nothing when there is none. Throws Error(invalid) when it cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
std::optional<std::string> read_file(const std::string& path);

/// The files asked, in this order; the first that exists counts.
std::vector<std::string> configuration_files(const Environment& environment);

/// In the order of the official clients: manifest, variables, file. Each source is taken whole: a login is never put
/// together from two of them. The endpoint is the first that any of them names; in a file it picks the section. A file
/// is read only for what the places before it left open. Every secret found is given to `redactor`. Throws
/// Error(invalid) naming what is missing and every place that was asked, or the two methods that one source mixes.
Credentials find_credentials(const Manifest& manifest, SecretReader& secrets, const ReadFile& read,
                             const Environment& environment, Redactor& redactor);

}  // namespace muster::ovh
