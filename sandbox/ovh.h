#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/http_service.h"
#include "sandbox/ovh_access.h"
#include "sandbox/ovh_options.h"
#include "sandbox/ovh_zones.h"

namespace muster::sandbox {

/// The OVH API v1 of one account, below /1.0 and /v1, and the OAuth2 token endpoint /auth/oauth2/token.
///
/// Differs from the real one in what it leaves out: import, restore, reset, redirection, dynHost and the registrar side
/// answer 404 as a path that does not exist; a restore point has a date but no file.
class OvhApi {
 public:
  /// The world outlives the object, the object outlives every service it was mounted on.
  OvhApi(World& world, OvhOptions options);
  OvhApi(const OvhApi&) = delete;
  OvhApi& operator=(const OvhApi&) = delete;

  void mount(HttpService& service);
  /// Adds to the control service:
  ///   POST /records {zone, fieldType, subDomain, target, ttl, publish}   a record that someone else made: {"id"}
  ///   DELETE /records?zone=&id=&publish=false                            someone else removes a record
  ///   POST /records/renumber {zone}                                      every record gets a new id
  ///   GET /names/{host}                                                  {"addresses"}: what public DNS answers, or
  ///   404
  void mount_control(HttpService& control);

  OvhZones& zones() { return zones_; }
  const OvhOptions& options() const { return options_; }

 private:
  using Call = std::function<Response(const Request&)>;

  void add(HttpService& service, const std::string& method, const std::string& pattern, const Call& call);
  void add_authorized(HttpService& service, const std::string& method, const std::string& pattern, Call call);
  void mount_authentication(HttpService& service);
  void mount_zones(HttpService& service);
  Response refusal(int status, const std::string& code, const std::string& message) const;
  Response guarded(const Call& call, const Request& request) const;
  OvhGrant authorize(const Request& request);

  World& world_;
  const OvhOptions options_;
  std::mutex access_mutex_;
  OvhAccess access_;
  OvhZones zones_;
};

}  // namespace muster::sandbox
