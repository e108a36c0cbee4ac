#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sandbox/cloud.h"
#include "sandbox/http_service.h"
#include "sandbox/sandbox.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Keystone v3 of one domain, and one user in two projects: login by password, application credential or token.
/// Outlives the services that ask it about tokens.
class Keystone {
 public:
  Keystone(World& world, const OpenStackOptions& options, const Cloud& cloud);

  HttpService& service() { return service_; }
  const HttpService& service() const { return service_; }
  /// Adds a service to the catalog; "%(project_id)s" in its address is each token's own. Only before the service
  /// starts.
  void publish(std::string type, std::string name, std::string url);
  /// The project of a token that is scoped to one, not expired and not revoked; nothing for any other.
  std::optional<std::string> project_of(const std::string& token) const;
  bool accepts(const std::string& token) const { return project_of(token).has_value(); }

 private:
  struct Token {
    std::vector<std::string> methods;
    std::vector<std::string> audit_ids;
    Time issued;
    Time expires;
    std::string project_id;  ///< empty: not scoped
  };
  struct Credential {
    std::string id;
    std::string name;
    std::string secret;
    std::string description;
    std::string project_id;
  };
  struct Endpoint {
    std::string interface_name;
    std::string id;
  };
  struct Published {
    std::string id;
    std::string type;
    std::string name;
    std::string url;
    std::vector<Endpoint> endpoints;
  };

  void add_token_routes();
  void add_project_routes();
  void add_credential_routes();
  /// Answers only the user of the path, and only to its token.
  Handler of_user(std::function<Response(const Request&)> answer);
  nlohmann::json project_body(const std::string& id) const;
  Response list_projects(const std::string& path) const;
  Response log_in(const Request& request);
  Response issue(Token token);
  Response validate(const Request& request);
  Response revoke(const Request& request);
  Response create_credential(const Request& request);
  bool password_fits(const nlohmann::json& user) const;
  /// Empty when the user may not log in to what is named.
  std::string project_in(const nlohmann::json& scope) const;
  /// The project of the credential, or why not.
  std::variant<std::string, Response> check_credential(const nlohmann::json& given) const;
  std::optional<Token> find_token(const std::string& value) const;
  nlohmann::json token_body(const Token& token, bool with_catalog);
  nlohmann::json catalog(const std::string& project_id);
  nlohmann::json roles() const;
  nlohmann::json credential_body(const Credential& credential) const;
  nlohmann::json version_body() const;
  Response error(int status, const std::string& message) const;
  Response denied() const { return error(401, "The request you have made requires authentication."); }

  World& world_;
  const OpenStackOptions options_;
  const Cloud& cloud_;
  HttpService service_;
  std::vector<Published> published_;
  std::string member_role_id_;
  std::string reader_role_id_;
  mutable std::mutex mutex_;
  std::map<std::string, Token> tokens_;
  std::map<std::string, Credential> credentials_;
};

}  // namespace muster::sandbox
