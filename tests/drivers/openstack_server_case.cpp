// A server with a name, an address record that follows it, and a readiness check.

#include <nlohmann/json.hpp>

#include "tests/cli/outsider.h"
#include "tests/drivers/cases.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

const ResourceId anna{"openstack.server", "event/anna"};

void vanish(Site& site) {
  const nlohmann::json servers = site.control("GET", "/servers", {})["servers"];
  for (const nlohmann::json& server : servers)
    site.control("POST", "/servers/" + server["id"].get<std::string>() + "/vanish", {});
}

/// Names answer with the address that the server has now.
void look_at_server(Site& site, const std::vector<Resource>&) {
  const nlohmann::json servers = site.control("GET", "/servers", {})["servers"];
  REQUIRE(servers.size() == 1);
  CHECK(servers[0]["name"] == "event-anna");
  CHECK(servers[0]["status"] == "ACTIVE");
  CHECK(site.control("GET", "/names/anna.event.example.com", {})["addresses"] == nlohmann::json{servers[0]["v4"]});
}

}  // namespace

Case openstack_server_case() {
  Case kind;
  kind.subject = anna;
  kind.wanted = {server("event/anna"), scope("event"), address_of(anna, "anna.event"), ssh_check_of(anna)};
  kind.ledger_kind = "server";
  kind.creating_call = CallPattern{"nova", "POST", "/servers$"};
  kind.change = [](auto& wanted) { of(wanted, anna).wanted.as_map()["tags"] = List{"lecture", "room-2"}; };
  kind.replacement = [](auto& wanted) { of(wanted, anna).wanted.as_map()["image"] = "Ubuntu 24.04"; };
  kind.take_place = [](Site& site) { REQUIRE(site.other_fleet_applies({server("event/anna")}).converged()); };
  kind.make_adoptable = [](Site& site) {
    REQUIRE(site.other_fleet_applies({server("event/anna")}).converged());
    Outsider(site.cloud()).take_stamp_off("event-anna");
  };
  kind.vanish = vanish;
  kind.look_from_outside = look_at_server;
  return kind;
}

}  // namespace muster::test
