// A check that a server answers. It makes nothing, so nobody can be in its way.

#include "tests/drivers/cases.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

const ResourceId host{"openstack.server", "event/anna"};

}  // namespace

Case guest_check_case() {
  const None nothing{"a check asks, and leaves nothing outside of muster"};
  Case kind;
  kind.subject = {"guest.check", "event/anna/ssh"};
  kind.wanted = {server("event/anna"), ssh_check_of(host)};
  kind.ledger_kind = nothing;
  kind.creating_call = nothing;
  // The same check, asked again because another server has to answer.
  kind.change = [](auto& wanted) { of(wanted, host).wanted.as_map()["image"] = "Ubuntu 24.04"; };
  kind.replacement = None{"a check is asked again in place"};
  kind.take_place = nothing;
  kind.make_adoptable = nothing;
  kind.vanish = nothing;
  kind.look_from_outside = [](Site& site, const std::vector<Resource>&) { CHECK(site.ledger().calls("guest") > 0); };
  return kind;
}

}  // namespace muster::test
