// The ownership record of a name, with one record that lies in it, beside a server.

#include <nlohmann/json.hpp>

#include "tests/drivers/cases.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

const std::string owner_record = "_muster.event.example.com";

void look_at_owner(Site& site, const std::vector<Resource>&) {
  CHECK(records_called(site, owner_record).size() == 1);
  CHECK(site.control("GET", "/names/anna.event.example.com", {})["addresses"] == nlohmann::json{"192.0.2.1"});
}

}  // namespace

Case ovh_scope_case() {
  Case kind;
  kind.subject = {"ovh.scope", "example.com/event"};
  kind.wanted = {scope("event"), address("anna.event", {"192.0.2.1"}), server("event/bert")};
  kind.ledger_kind = "record";
  kind.creating_call = CallPattern{"ovh", "POST", "/record$"};
  kind.change = None{"a scope has no field but its place; its proof follows what stands in it with each publication"};
  kind.replacement = None{"another zone or name is another scope"};
  kind.take_place = [](Site& site) { REQUIRE(site.other_fleet_applies({scope("event")}).converged()); };
  kind.make_adoptable = None{"it carries one fleet's name: it is made, never taken over"};
  kind.vanish = [](Site& site) { remove_by_hand(site, owner_record); };
  kind.look_from_outside = look_at_owner;
  return kind;
}

}  // namespace muster::test
