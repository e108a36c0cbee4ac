#include "resources/ovh/examine.h"

#include <algorithm>

#include "resources/ovh/names.h"
#include "resources/ovh/test_account.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;

namespace {

/// "ok login, ok clock": what was looked at, and how it stands.
std::string summary(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += (text.empty() ? "" : ", ") + std::string(to_string(finding.state)) + " " + finding.subject;
  return text;
}

std::vector<Finding> examined(TestAccount& account, OvhSession& session) {
  const Resource alpha = wanted_rrset("alpha.my-event", "A", {"192.0.2.1"});
  return examine_account(session, {&alpha}, account.context);
}

}  // namespace

TEST_CASE("an account with all rights is sound") {
  TestAccount account;
  const auto session = account.open();
  CHECK(summary(examined(account, *session)) == "ok login, ok clock, ok rights, ok zone");
}

TEST_CASE("rights that are lacking are named with the page that grants them, and the rest is examined") {
  TestAccount account(TestAccount::with_rules(
      {{"GET", "/domain/zone/*"}, {"PUT", "/domain/zone/*"}, {"GET", "/auth/currentCredential"}}));
  const auto session = account.open();
  const std::vector<Finding> findings = examined(account, *session);
  const auto rights = std::find_if(findings.begin(), findings.end(),
                                   [](const Finding& finding) { return finding.subject == "rights"; });
  REQUIRE(rights != findings.end());
  CHECK(rights->state == FindingState::problem);
  CHECK(rights->text ==
        "on example.com these are lacking: DELETE /domain/zone/example.com/record/*, POST "
        "/domain/zone/example.com/record, POST /domain/zone/example.com/refresh");
  CHECK(rights->hint.find("createToken") != std::string::npos);
  CHECK(findings.back().subject == "zone");
}

TEST_CASE("a key that may not ask for its rights is a warning") {
  TestAccount account(TestAccount::with_rules({{"GET", "/domain/zone/*"}}));
  const auto session = account.open();
  CHECK(summary(examined(account, *session)).starts_with("warning login"));
}

TEST_CASE("a wrong login is one problem in OVH's words") {
  TestAccount account;
  const auto session = account.open(ApplicationKey{"wrong", "wrong-secret", "wrong-consumer"});
  const std::vector<Finding> findings = examined(account, *session);
  CHECK(summary(findings) == "problem login");
  CHECK_FALSE(findings.front().hint.empty());
}

TEST_CASE("a clock that is off is told, and works all the same") {
  TestAccount account;
  account.clock.behind = std::chrono::seconds(600);
  const auto session = account.open();
  CHECK(summary(examined(account, *session)) == "ok login, warning clock, ok rights, ok zone");
}

TEST_CASE("examining an account writes nothing") {
  TestAccount account;
  account.context.access = Access::read;
  const auto session = account.open();
  examined(account, *session);
  for (const auto& [what, number] : account.counter.totals()) CHECK(what.find(" GET ") != std::string::npos);
}
