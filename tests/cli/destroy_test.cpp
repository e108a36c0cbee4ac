#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "state/child_for_test.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"

using muster::test::check_golden;
using muster::test::Party;
using muster::test::Ran;
using muster::test::records;

TEST_CASE("destroy removes what was made and nothing else") {
  Party party(5);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.run({"destroy"}).code == 3);
  const Ran mistyped = party.run({"destroy", "--yes", "my-evnt"});
  CHECK(mistyped.code == 3);
  CHECK(mistyped.err.find("did you mean 'my-event'") != std::string::npos);
  const Ran destroyed = party.run({"destroy", "--yes"});
  CHECK(destroyed.code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 0);
  check_golden("destroy-5.txt", destroyed.screen);
}

TEST_CASE("who destroys a part is told that the manifests still want it") {
  Party party(3);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const Ran part = party.run({"destroy", "--yes", "uttnw"});
  CHECK(part.code == 0);
  CHECK(part.err.find("note: the manifests still want what was removed (") != std::string::npos);
  CHECK(part.err.find("the next apply or reconcile makes it again, unless it is taken out there (a counted host by "
                      "`retire: [NAME]`)") != std::string::npos);
  CHECK(party.run({"destroy", "--yes"}).err.find("note: ") == std::string::npos);
}

TEST_CASE("what was destroyed can be made again without a word from the guard") {
  Party party(8);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.run({"destroy", "--yes"}).code == 0);
  CHECK(party.run({"apply", "--yes"}).code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 8);
}

TEST_CASE("what a killed destroy removed has not vanished: it is made again without a word from the guard") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  muster::sandbox::SandboxOptions slow = Party::quick_cloud();
  slow.openstack.delete_time = std::chrono::milliseconds(300);
  Party party(8, slow);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  const auto removals = [&party] {
    const auto methods = party.cloud().ledger().summary().at("methods").at("nova");
    return methods.value("DELETE", 0);
  };
  muster::state::Child child([&](const auto&) { return party.run({"destroy", "--yes"}).code; });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (removals() < 8 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  child.kill();
  const Ran applied = party.run({"apply", "--yes"});
  INFO(applied.screen);
  CHECK(applied.code == 0);
  CHECK(party.cloud().ledger().counts("server").deleted == 8);
  CHECK(party.cloud().ledger().counts("server").alive() == 8);
}

TEST_CASE("destroying one manifest leaves the others alone") {
  Party party(2);
  party.ask_for(1, "other.yaml", "other");
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  REQUIRE(party.cloud().ledger().counts("server").alive() == 3);
  CHECK(party.run({"destroy", "--yes", "my-event"}).code == 0);
  CHECK(party.cloud().ledger().counts("server").alive() == 1);
  const auto left = records(party.run({"list", "--json"}).out);
  REQUIRE(left.size() == 1);
  CHECK(left[0].at("manifest") == "Workshop/other");
}
