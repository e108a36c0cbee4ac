#include "resources/openstack/examine.h"

#include <algorithm>

#include "resources/openstack/cloud_for_test.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::openstack;

namespace {

std::string summary(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += (text.empty() ? "" : ", ") + std::string(to_string(finding.state)) + " " + finding.subject;
  return text;
}

}  // namespace

TEST_CASE("a project tells login, clock, services, rights and quota, and nothing is written") {
  TestCloud cloud;
  Context context = cloud.context();
  context.access = Access::read;
  const std::vector<Finding> findings = examine_project(cloud.session(), {}, context);
  CHECK(summary(findings) ==
        "ok login, ok roles, ok token, ok clock, ok compute, ok image, ok network, ok rights, ok quota");
}

TEST_CASE("more servers than the quota allows are a problem before anything is made") {
  const std::unique_ptr<TestCloud> cloud = TestCloud::tiny();
  const std::vector<Resource> servers{cloud->server("a"), cloud->server("b"), cloud->server("c")};
  Context context = cloud->context();
  const std::vector<Finding> findings =
      examine_project(cloud->session(), {&servers[0], &servers[1], &servers[2]}, context);
  CHECK(findings.back().state == FindingState::problem);
  CHECK(findings.back().text.find("3 servers are wanted") != std::string::npos);
  CHECK_FALSE(findings.back().hint.empty());
}
