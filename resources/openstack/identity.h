#pragma once

// Keystone v3: the token of one connection and the catalog that came with it.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/context.h"
#include "resources/net/http.h"
#include "resources/net/throttle.h"
#include "resources/openstack/credentials.h"

namespace muster::openstack {

struct Endpoint {
  std::string type;            ///< "compute", "image", "network"
  std::string interface_name;  ///< "public", "internal", "admin"
  std::string region;          ///< empty: it belongs to none
  std::string url;             ///< without a trailing slash
};

struct Token {
  std::string value;
  std::string project_id;
  std::vector<Endpoint> catalog;
  // For examinations; what Keystone does not tell is empty.
  std::string user;
  std::string project;
  std::vector<std::string> roles;
  std::optional<Time> issued;
  std::optional<Time> expires;
  std::chrono::steady_clock::time_point renew_at;
};

/// Logs in when first asked and again when the token is about to expire; the token is kept in memory only. Thread-safe:
/// one login serves all who wait for it.
class Identity {
 public:
  /// `http` outlives this.
  Identity(Credentials credentials, net::HttpClient& http);

  /// Blocks on the network when there is no fresh token. Throws Error(denied) with Keystone's words, and the faults of
  /// net::HttpClient and net::Throttle.
  std::shared_ptr<const Token> token(Context& context);
  /// The service called `value` expired or revoked: the next token() logs in again.
  void forget(std::string_view value);

  const Credentials& credentials() const { return credentials_; }

 private:
  std::shared_ptr<const Token> log_in(Context& context);

  const Credentials credentials_;
  net::HttpClient& http_;
  net::Throttle throttle_{1, 0};
  std::mutex mutex_;
  std::shared_ptr<const Token> token_;
};

/// The region that endpoint_url chooses; empty when the catalog names none.
std::string region_of(const Token& token, std::string_view type, const Credentials& credentials);

/// The endpoint of `type` for the wanted interface and region. Throws Error(invalid) that lists the regions that exist.
std::string endpoint_url(const Token& token, std::string_view type, const Credentials& credentials);

}  // namespace muster::openstack
