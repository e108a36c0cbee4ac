#include "resources/ovh/examine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "resources/net/clock_watch.h"
#include "resources/ovh/names.h"
#include "resources/ovh/preflight.h"
#include "resources/ovh/zone_api.h"

namespace muster::ovh {
namespace {

class Examination {
 public:
  Examination(OvhSession& session, const std::vector<const Resource*>& wanted, Context& context)
      : session_(session), context_(context), zones_(session.zones().begin(), session.zones().end()) {
    for (const Resource* resource : wanted) zones_.insert(zone_of(resource->id));
  }

  std::vector<Finding> run();

 private:
  void look_at_clock();
  void look_at_login();
  void look_at_rights();
  void look_at_zone(const std::string& zone);

  OvhSession& session_;
  Context& context_;
  std::set<std::string> zones_;
  Findings findings_;
};

void Examination::look_at_clock() {
  const auto told = told_time(session_.client().get("/auth/time", context_));
  if (!told) return;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(context_.clock.now().time_since_epoch());
  // OVH refuses signatures whose time is too far off; the client corrects for it, so it is only told.
  findings_.add(net::clock_finding(
      "OVH", std::chrono::seconds(*told) - now,
      "let it follow a time server; requests are signed with OVH's time, so they work all the same"));
}

void Examination::look_at_login() {
  const Credentials& credentials = session_.client().credentials();
  const char* method = std::holds_alternative<ApplicationKey>(credentials.login) ? "application key"
                       : std::holds_alternative<OAuth2Client>(credentials.login) ? "OAuth2 client"
                                                                                 : "access token";
  const std::string what = fmt::format("{} at {}, by {}", method, credentials.endpoint.name, credentials.origin);
  if (!session_.rules(context_)) {
    findings_.add(FindingState::warning, "login", what + "; its rights are not told: " + session_.rules_unknown(),
                  "with GET /auth/currentCredential they could be checked beforehand");
    return;
  }
  const nlohmann::json credential = session_.client().get("/auth/currentCredential", context_);
  const auto text = [&](const char* member) {
    const auto found = credential.find(member);
    return found != credential.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string status = text("status");
  const std::string ends = text("expiration");
  findings_.add(status.empty() || status == "validated" ? FindingState::ok : FindingState::problem, "login",
                fmt::format("{}; {}, {}", what, status.empty() ? "its status is not told" : status,
                            ends.empty() ? "without end" : "until " + ends),
                status.empty() || status == "validated" ? "" : "make a new key, or validate this one");
}

void Examination::look_at_rights() {
  const auto rules = session_.rules(context_);
  if (!rules) return;
  for (const std::string& zone : zones_) {
    const std::vector<std::string> missing = missing_rights(*rules, zone);
    if (missing.empty()) {
      findings_.add(FindingState::ok, "rights", "all that muster needs on " + zone);
      continue;
    }
    findings_.add(FindingState::problem, "rights",
                  fmt::format("on {} these are lacking: {}", zone, fmt::join(missing, ", ")),
                  fmt::format("make keys that have them at {}",
                              session_.client().credentials().endpoint.create_token_url(least_rights(zone))));
  }
}

void Examination::look_at_zone(const std::string& zone) {
  const auto status = ZoneApi(session_, zone, context_).status();
  if (!status) {
    findings_.add(FindingState::warning, "zone", zone + ": the key may not ask for its status",
                  "with GET /domain/zone/" + zone + "/status publications are verified, not believed");
  } else if (!status->errors.empty()) {
    findings_.add(FindingState::problem, "zone", fmt::format("{}: {}", zone, fmt::join(status->errors, "; ")),
                  "OVH does not publish it: mend these records");
  } else if (!status->deployed) {
    findings_.add(FindingState::warning, "zone", zone + " is not published as it is stored",
                  "somebody changed it and did not publish, or OVH is at it");
  } else {
    const bool is_warned = !status->warnings.empty();
    findings_.add(is_warned ? FindingState::warning : FindingState::ok, "zone",
                  zone + " is published" + (is_warned ? fmt::format("; {}", fmt::join(status->warnings, "; ")) : ""));
  }
}

std::vector<Finding> Examination::run() {
  if (!findings_.attempt("login", [&] { look_at_login(); })) return findings_.take();
  findings_.attempt("clock", [&] { look_at_clock(); });
  look_at_rights();
  for (const std::string& zone : zones_) findings_.attempt("zone", [&] { look_at_zone(zone); });
  if (zones_.empty()) findings_.add(FindingState::ok, "zone", "none is used");
  return findings_.take();
}

}  // namespace

std::vector<Finding> examine_account(OvhSession& session, const std::vector<const Resource*>& wanted,
                                     Context& context) {
  return Examination(session, wanted, context).run();
}

}  // namespace muster::ovh
