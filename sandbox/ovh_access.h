#pragma once

#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sandbox/http_message.h"
#include "sandbox/ovh_options.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// The path below /1.0 or /v1, which access rules are written for.
std::string ovh_path(const Request& request);

/// An answer that is not 2xx. what() is the message field.
class OvhRefusal : public std::runtime_error {
 public:
  /// `code` is a class (Client::NotFound), or an errorCode (NOT_GRANTED_CALL) that appears in the old form.
  OvhRefusal(int status, std::string code, const std::string& message)
      : std::runtime_error(message), status_(status), code_(std::move(code)) {}
  int status() const { return status_; }
  const std::string& code() const { return code_; }

 private:
  int status_;
  std::string code_;
};

/// Who may call what: applications, consumer keys, OAuth2 clients and tokens. Not thread-safe: the account holds one
/// lock.
class OvhAccess {
 public:
  /// The world outlives the object.
  OvhAccess(OvhOptions options, World& world);

  /// Checks authentication, then the rate, then the rights, in the order of the real front end. Returns the grant that
  /// was used. Throws OvhRefusal.
  const OvhGrant& authorize(const Request& request);

  /// POST /auth/credential: a new key in state pendingValidation. `base_url` leads the validation URL.
  nlohmann::json request_credential(const Request& request, const std::string& base_url);
  /// What the account's owner does in the browser at the validation URL. False: no such request.
  bool validate_credential(const std::string& credential_token);
  nlohmann::json current_credential(const OvhGrant& grant) const;
  nlohmann::json details(const OvhGrant& grant) const;
  /// POST of the OAuth2 token endpoint; the form is in the query, the client there or in a Basic header.
  /// Throws OvhRefusal whose code is the OAuth2 error.
  nlohmann::json issue_token(const Request& request);

 private:
  struct Consumer {
    OvhGrant grant;
    std::string credential_token;
    bool validated = true;
  };
  struct Token {
    OvhGrant grant;
    std::optional<Time> expires;
  };

  const OvhGrant& signed_grant(const Request& request) const;
  const OvhGrant& bearer_grant(const std::string& token) const;
  void check_rate(const OvhGrant& grant);

  OvhOptions options_;
  World& world_;
  std::map<std::string, Consumer> consumers_;
  std::map<std::string, Token> tokens_;
  std::map<std::string, std::deque<Time>> recent_calls_;
};

/// "$1$" and the SHA-1 of the joined parts in hexadecimal.
std::string ovh_signature(const std::string& application_secret, const std::string& consumer_key,
                          const std::string& method, const std::string& url, const std::string& body,
                          const std::string& timestamp);

}  // namespace muster::sandbox
