// What Nova, Glance and Neutron answer to reads: versions, pages of servers, one server, images, flavors, networks.

#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/openstack/examine.h"
#include "resources/openstack/server_list.h"
#include "resources/openstack/session.h"
#include "resources/openstack/stamp_metadata.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

openstack::Credentials login() {
  openstack::Credentials login;
  login.source = "the fuzz test";
  login.auth_url = "https://keystone.example.org/v3";
  login.username = "somebody";
  login.password = "not-a-real-password";
  login.project_name = "project";
  return login;
}

std::optional<net::HttpAnswer> token_answer(const net::HttpRequest& request) {
  if (!request.url.ends_with("/auth/tokens")) return std::nullopt;
  net::HttpAnswer answer;
  answer.status = 201;
  answer.headers = {{"X-Subject-Token", "not-a-real-token"}};
  answer.body =
      R"({"token": {"issued_at": "2026-01-01T00:00:00Z", "expires_at": "2036-01-01T00:00:00Z",
          "project": {"id": "p1", "name": "project"}, "user": {"name": "somebody"}, "catalog": [
          {"type": "compute", "endpoints": [{"interface": "public", "url": "https://nova.example.org/v2.1"}]},
          {"type": "image", "endpoints": [{"interface": "public", "url": "https://glance.example.org"}]},
          {"type": "network", "endpoints": [{"interface": "public", "url": "https://neutron.example.org"}]}]}})";
  return answer;
}

void look_at(const openstack::Server& server, Time now) {
  const Observed observed = openstack::observed_from(server, "f1e2d3c4", "Ext-Net", now);
  require(observed.stamp.has_value() || observed.ownership == Ownership::foreign, "what has no stamp is foreign");
  if (!observed.stamp) return;
  allow_errors([&] {
    const auto again = openstack::stamp_from(openstack::metadata_from(*observed.stamp));
    require(again == observed.stamp, "a stamp that was read is written as it was");
  });
}

}  // namespace

void fuzz_nova(std::string_view input) {
  ScriptedServer server(input);
  server.fixed = token_answer;
  Surroundings around;
  Context& context = around.context;
  openstack::OpenStackSession session(login(), {}, &server);
  allow_errors([&] {
    const openstack::ServerList list = openstack::list_servers(session.client, context);
    require(list.complete == list.why_incomplete.empty(), "an incomplete list says why");
    for (const openstack::Server& one : list.servers) look_at(one, context.clock.now());
  });
  allow_errors([&] {
    if (const auto one = openstack::read_server(session.client, "5a3c", context)) look_at(*one, context.clock.now());
  });
  allow_errors([&] { session.names.image("Debian 12", context); });
  allow_errors([&] { session.names.flavor("d2-2", context); });
  allow_errors([&] { session.names.network("Ext-Net", context); });
  allow_errors([&] { session.names.security_group_id("default", context); });
  allow_errors([&] { session.names.check_key_pair("key", context); });
  openstack::examine_project(session, {}, context);
}

}  // namespace muster::fuzz
