#include "resources/openstack/examine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "resources/net/clock_watch.h"
#include "resources/openstack/json_access.h"

namespace muster::openstack {
namespace {

using nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::seconds;

class Examination {
 public:
  Examination(OpenStackSession& session, const std::vector<const Resource*>& wanted, Context& context)
      : client_(session.client), wanted_(wanted), context_(context) {}

  std::vector<Finding> run();

 private:
  void look_at_login();
  void look_at_clock(const Token& token);
  void look_at_service(const char* name, const char* type);
  void look_at_lists();
  void look_at_quota();

  Client& client_;
  const std::vector<const Resource*>& wanted_;
  Context& context_;
  Findings findings_;
};

void Examination::look_at_login() {
  const Credentials& login = client_.identity().credentials();
  const auto token = client_.identity().token(context_);
  findings_.add(
      FindingState::ok, "login",
      fmt::format("{} as {}, project {}, by {}", login.auth_url, token->user.empty() ? "somebody" : token->user,
                  token->project.empty() ? token->project_id : token->project, login.source));
  findings_.add(FindingState::ok, "roles",
                token->roles.empty() ? "not told" : fmt::format("{}", fmt::join(token->roles, ", ")));
  if (token->project_id.empty())
    findings_.add(FindingState::problem, "project", "the login is for no project, so there are no servers to see",
                  "name one: project, projectId or OS_PROJECT_NAME");
  if (token->expires) {
    const auto left = duration_cast<minutes>(*token->expires - token->issued.value_or(context_.clock.now()));
    const bool is_given = login.method == LoginMethod::token;
    findings_.add(
        is_given ? FindingState::warning : FindingState::ok, "token",
        fmt::format("good for {} minutes{}", left.count(), is_given ? "; muster cannot renew it" : ", then renewed"),
        is_given ? "use a password or an application credential for unattended runs" : "");
  }
  look_at_clock(*token);
}

void Examination::look_at_clock(const Token& token) {
  if (!token.issued) return;
  findings_.add(net::clock_finding("the cloud", duration_cast<seconds>(*token.issued - context_.clock.now()),
                                   "let it follow a time server: ages and expiries are told by it"));
}

void Examination::look_at_service(const char* name, const char* type) {
  findings_.attempt(name, [&] {
    const auto token = client_.identity().token(context_);
    std::string text = endpoint_url(*token, type, client_.identity().credentials());
    if (std::string_view(type) == "compute") text += fmt::format(", version 2.{}", client_.microversion(context_));
    const std::string& region = client_.identity().credentials().region;
    findings_.add(FindingState::ok, name, text + (region.empty() ? ", the only region" : ", region " + region));
  });
}

void Examination::look_at_lists() {
  struct List {
    Service service;
    const char* path;
    const char* operation;
    const char* what;
  };
  std::vector<std::string> allowed;
  for (const List& list : {List{Service::compute, "/servers?limit=1", "servers", "servers"},
                           List{Service::compute, "/flavors?limit=1", "flavors", "flavors"},
                           List{Service::image, "/images?limit=1", "images", "images"},
                           List{Service::network, "/networks?limit=1", "networks", "networks"}}) {
    findings_.attempt("rights", [&] {
      Call call;
      call.service = list.service;
      call.path = list.path;
      call.operation = list.operation;
      client_.call_json(call, context_);
      allowed.push_back(list.what);
    });
  }
  if (!allowed.empty()) findings_.add(FindingState::ok, "rights", fmt::format("may list {}", fmt::join(allowed, ", ")));
}

void Examination::look_at_quota() {
  Call call;
  call.path = "/limits";
  call.operation = "limits";
  const json answer = client_.call_json(call, context_);
  const json& absolute = object_at(object_at(answer, "limits"), "absolute");
  std::vector<std::string> parts;
  bool is_used_up = false;
  const auto part = [&](const char* what, const char* limit_name, const char* used_name) {
    const std::int64_t limit = number_at(absolute, limit_name, -1);
    const std::int64_t used = number_at(absolute, used_name);
    parts.push_back(limit < 0 ? fmt::format("{} {} of no limit", used, what)
                              : fmt::format("{} of {} {}", used, limit, what));
    is_used_up = is_used_up || (limit >= 0 && used >= limit);
  };
  part("servers", "maxTotalInstances", "totalInstancesUsed");
  part("cores", "maxTotalCores", "totalCoresUsed");
  part("MB of memory", "maxTotalRAMSize", "totalRAMUsed");
  const std::int64_t most = number_at(absolute, "maxTotalInstances", -1);
  const auto servers = std::count_if(wanted_.begin(), wanted_.end(),
                                     [](const Resource* resource) { return resource->id.kind == "openstack.server"; });
  const std::string used = fmt::format("{} used", fmt::join(parts, ", "));
  const char* ask = "remove what is no longer needed, or ask the provider for a higher quota";
  if (most >= 0 && servers > most)
    findings_.add(FindingState::problem, "quota", fmt::format("{}; {} servers are wanted", used, servers), ask);
  else
    findings_.add(is_used_up ? FindingState::warning : FindingState::ok, "quota",
                  used + (is_used_up ? "; nothing is left" : ""), is_used_up ? ask : "");
}

std::vector<Finding> Examination::run() {
  if (!findings_.attempt("login", [&] { look_at_login(); })) return findings_.take();
  look_at_service("compute", "compute");
  look_at_service("image", "image");
  look_at_service("network", "network");
  look_at_lists();
  findings_.attempt("quota", [&] { look_at_quota(); });
  return findings_.take();
}

}  // namespace

std::vector<Finding> examine_project(OpenStackSession& session, const std::vector<const Resource*>& wanted,
                                     Context& context) {
  return Examination(session, wanted, context).run();
}

}  // namespace muster::openstack
