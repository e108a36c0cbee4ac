// A server that fails is made anew: what is unclear about the new one is settled as with any other.

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/drivers/site.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::test;

namespace {

/// The cloud gives a server up as soon as somebody waits for it.
std::jthread give_up_when_waited_for(Site& site, const std::string& server) {
  const std::uint64_t calls = site.ledger().calls("nova");
  return std::jthread([&site, server, calls] {
    while (site.ledger().calls("nova") < calls + 8) std::this_thread::yield();
    site.control("POST", "/servers/" + server + "/state", {{"status", "ERROR"}});
  });
}

TEST_CASE("a server that an earlier run began, and that fails, is made anew once although the answer is lost") {
  Site site;
  const std::vector<Resource> wanted{server("event/anna")};
  site.control("POST", "/faults",
               {{"rules", {{{"service", "nova"}, {"method", "POST"}, {"path", "/servers$"}, {"effect", "stuck"}}}}});
  site.apply_until(wanted, wanted.front().id);
  REQUIRE(site.happened("server", 0).size() == 1);
  const std::string first = site.happened("server", 0).front().id;

  site.lose_answer({"nova", "POST", "/servers$"});
  const std::jthread cloud = give_up_when_waited_for(site, first);
  const Run run = site.apply(wanted);
  CHECK(run.words == "");
  CHECK(run.converged());
  CHECK(site.ever_made()["server"] == 2);
}

}  // namespace
