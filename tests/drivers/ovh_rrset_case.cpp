// A set of two addresses; of its two records the second is not written yet when the run is cut off.

#include <nlohmann/json.hpp>

#include "tests/drivers/cases.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

const ResourceId anna_address{"ovh.rrset", "example.com/anna.event/A"};
const std::string full_name = "anna.event.example.com";

/// Public DNS answers what is wanted.
void look_at_addresses(Site& site, const std::vector<Resource>& wanted) {
  std::vector<std::string> targets;
  for (const Value& target : of(wanted, anna_address).wanted.at("targets").as_list())
    targets.push_back(target.as_string());
  CHECK(site.control("GET", "/names/" + full_name, {})["addresses"] == nlohmann::json(targets));
}

}  // namespace

Case ovh_rrset_case() {
  Case kind;
  kind.subject = anna_address;
  kind.wanted = {scope("event"), address("anna.event", {"192.0.2.1", "192.0.2.2"})};
  kind.ledger_kind = "record";
  // The first such call makes the scope's record.
  kind.creating_call = CallPattern{"ovh", "POST", "/record$", 1};
  kind.change = [](auto& wanted) {
    of(wanted, anna_address).wanted.as_map()["targets"] = List{"192.0.2.1", "192.0.2.7"};
    of(wanted, anna_address).wanted.as_map()["ttl"] = 300;
  };
  kind.replacement = None{"zone, name and type are its id: another one is another set"};
  kind.take_place = [](Site& site) { add_by_hand(site, "anna.event", "203.0.113.1"); };
  kind.make_adoptable = [](Site& site) {
    for (const char* target : {"192.0.2.1", "192.0.2.2"}) add_by_hand(site, "anna.event", target);
  };
  kind.vanish = [](Site& site) { remove_by_hand(site, full_name); };
  kind.look_from_outside = look_at_addresses;
  return kind;
}

}  // namespace muster::test
