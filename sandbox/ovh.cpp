#include "sandbox/ovh.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sandbox/ovh_body.h"

namespace muster::sandbox {
namespace {

using Json = nlohmann::json;
using Lock = std::lock_guard<std::mutex>;

std::string base_url(const Request& request) { return "http://" + request.header("host"); }

/// The front end's form is EU.ext-NODE.TIME.NUMBER.HASH.
std::string query_id(World& world) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(world.clock().time_since_epoch()).count();
  return fmt::format("EU.ext-{}.{:x}.{}.{}", 1 + world.random.below(4), seconds, 1000 + world.random.below(9000),
                     world.random.hex(32));
}

Response oauth2_error(const OvhRefusal& refusal) {
  return json_response(refusal.status(), {{"error", refusal.code()}, {"error_description", refusal.what()}});
}

}  // namespace

OvhApi::OvhApi(World& world, OvhOptions options)
    : world_(world), options_(std::move(options)), access_(options_, world), zones_(options_, world) {}

Response OvhApi::refusal(int status, const std::string& code, const std::string& message) const {
  const bool is_class = code.find("::") != std::string::npos;
  if (!is_class && options_.old_error_form)
    return json_response(
        status,
        {{"errorCode", code}, {"httpCode", fmt::format("{} {}", status, reason_phrase(status))}, {"message", message}});
  const std::string general = status == 400 ? "Client::BadRequest" : "Client::Forbidden";
  Json body = {{"class", is_class ? code : general}, {"message", message}};
  if (message == "User not granted for this request")
    body["details"] = {{"unauthorizedActionsByIAM", "dnsZone:apiovh"}};
  Response response = json_response(status, body);
  if (status == 429 && options_.retry_after)
    response.headers.emplace_back("Retry-After", std::to_string(options_.retry_after->count()));
  return response;
}

Response OvhApi::guarded(const Call& call, const Request& request) const {
  try {
    return call(request);
  } catch (const OvhRefusal& error) {
    return refusal(error.status(), error.code(), error.what());
  } catch (const ZoneRefusal& error) {
    switch (error.kind()) {
      case ZoneRefusalKind::unknown_record:
        return refusal(404, "Client::NotFound", error.what());
      case ZoneRefusalKind::busy:
        return refusal(409, "Client::Conflict", error.what());
      case ZoneRefusalKind::invalid:
        break;
    }
    return refusal(400, "Client::BadRequest", error.what());
  }
}

OvhGrant OvhApi::authorize(const Request& request) {
  const Lock lock(access_mutex_);
  return access_.authorize(request);
}

void OvhApi::add(HttpService& service, const std::string& method, const std::string& pattern, const Call& call) {
  for (const char* base : {"/1.0", "/v1"})
    service.route(method, base + pattern, [this, call](const Request& request) { return guarded(call, request); });
}

void OvhApi::add_authorized(HttpService& service, const std::string& method, const std::string& pattern, Call call) {
  add(service, method, pattern, [this, call = std::move(call)](const Request& request) {
    authorize(request);
    return call(request);
  });
}

void OvhApi::mount(HttpService& service) {
  mount_authentication(service);
  mount_zones(service);
  service.fallback(
      [this](const Request&) { return refusal(404, "Client::NotFound", "Got an invalid (or empty) URL"); });
  service.finish([this](const Request&, Response& response) {
    if (!response.has_header("X-OVH-QUERYID")) response.headers.emplace_back("X-OVH-QUERYID", query_id(world_));
  });
}

void OvhApi::mount_authentication(HttpService& service) {
  add(service, "GET", "/auth/time", [this](const Request&) {
    const auto now = world_.clock().time_since_epoch();
    return json_response(200, std::chrono::duration_cast<std::chrono::seconds>(now).count());
  });
  add(service, "POST", "/auth/credential", [this](const Request& request) {
    const Lock lock(access_mutex_);
    return json_response(200, access_.request_credential(request, base_url(request)));
  });
  add(service, "GET", "/auth/currentCredential", [this](const Request& request) {
    const OvhGrant grant = authorize(request);
    const Lock lock(access_mutex_);
    return json_response(200, access_.current_credential(grant));
  });
  add(service, "GET", "/auth/details", [this](const Request& request) {
    const OvhGrant grant = authorize(request);
    const Lock lock(access_mutex_);
    return json_response(200, access_.details(grant));
  });
  service.route("GET", "/auth/", [this](const Request& request) {
    const Lock lock(access_mutex_);
    const bool known = access_.validate_credential(request.query_value("credentialToken").value_or(""));
    return html_response(known ? 200 : 404, known ? "<p>The key is validated.</p>\n" : "<p>Unknown request.</p>\n");
  });
  service.route("POST", "/auth/oauth2/token", [this](const Request& request) {
    const Lock lock(access_mutex_);
    try {
      return json_response(200, access_.issue_token(request));
    } catch (const OvhRefusal& error) {
      return oauth2_error(error);
    }
  });
}

void OvhApi::mount_zones(HttpService& service) {
  const auto route = [&](const char* method, const std::string& below, Response (OvhZones::*call)(const Request&)) {
    add_authorized(service, method, "/domain/zone/{zone}" + below,
                   [this, call](const Request& request) { return (zones_.*call)(request); });
  };
  for (const char* pattern : {"/domain/zone", "/domain/zone/"})
    add_authorized(service, "GET", pattern, [this](const Request&) { return zones_.list(); });
  route("GET", "", &OvhZones::show);
  route("GET", "/status", &OvhZones::status);
  route("GET", "/record", &OvhZones::records);
  route("POST", "/record", &OvhZones::create_record);
  route("GET", "/record/{id}", &OvhZones::record);
  route("PUT", "/record/{id}", &OvhZones::update_record);
  route("DELETE", "/record/{id}", &OvhZones::remove_record);
  route("POST", "/refresh", &OvhZones::refresh);
  route("GET", "/soa", &OvhZones::soa);
  route("PUT", "/soa", &OvhZones::update_soa);
  route("GET", "/export", &OvhZones::export_text);
  route("GET", "/dnssec", &OvhZones::dnssec);
  route("GET", "/task", &OvhZones::tasks);
  route("GET", "/task/{id}", &OvhZones::task);
  route("GET", "/history", &OvhZones::history);
  for (const bool enabled : {true, false})
    add_authorized(service, enabled ? "POST" : "DELETE", "/domain/zone/{zone}/dnssec",
                   [this, enabled](const Request& request) { return zones_.set_dnssec(request, enabled); });
}

void OvhApi::mount_control(HttpService& control) {
  const auto route = [&](const char* method, const char* pattern, const Call& call) {
    control.route(method, pattern, [this, call](const Request& request) { return guarded(call, request); });
  };
  route("POST", "/records", [this](const Request& request) {
    const Json body = ovh_body(request, {"zone", "fieldType", "subDomain", "target", "ttl", "publish"});
    const DnsRecord record{0, string_member(body, "fieldType").value_or(""),
                           string_member(body, "subDomain").value_or(""), string_member(body, "target").value_or(""),
                           integer_member(body, "ttl").value_or(0)};
    const bool publish = body.value("publish", Json(true)) != Json(false);
    return json_response(201, {{"id", zones_.add_foreign(string_member(body, "zone").value_or(""), record, publish)}});
  });
  route("DELETE", "/records", [this](const Request& request) {
    const bool publish = request.query_value("publish") != "false";
    zones_.remove_foreign(request.query_value("zone").value_or(""), path_id(request.query_value("id").value_or("")),
                          publish);
    return Response{204, {}, ""};
  });
  route("POST", "/records/renumber", [this](const Request& request) {
    zones_.renumber(string_member(ovh_body(request, {"zone"}), "zone").value_or(""));
    return Response{204, {}, ""};
  });
  route("GET", "/names/{host}", [this](const Request& request) {
    const auto addresses = zones_.addresses(request.params.at("host"));
    if (!addresses) throw OvhRefusal(404, "Client::NotFound", "NXDOMAIN");
    return json_response(200, {{"addresses", *addresses}});
  });
}

}  // namespace muster::sandbox
