#include "reconciler/cli/sandbox_settings.h"

#include <set>

#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::cli;

TEST_CASE("settings reach the part of the sandbox they name") {
  Options options;
  const sandbox::SandboxOptions& cloud = options.sandbox;
  for (const char* setting :
       {"openstack.quota-cores=8", "openstack.requests-per-second=2.5", "guests.all-addresses=yes",
        "ovh.zones=example.org, example.net", "ovh.refresh-answers-204=no", "ovh.requests-per-minute=60",
        "ovh.txt-quoted-after=none", "ovh.refresh-duration=2s", "ovh.rights=GET /domain/*, PUT /domain/zone/*"}) {
    take_sandbox_setting(options, setting);
  }
  CHECK(cloud.openstack.quota_cores == 8);
  CHECK(cloud.openstack.requests_per_second == 2.5);
  CHECK(cloud.guests.all_addresses);
  CHECK(cloud.ovh.zones == std::vector<std::string>{"example.org", "example.net"});
  CHECK_FALSE(cloud.ovh.refresh_answers_204);
  CHECK(cloud.ovh.requests_per_minute == 60U);
  CHECK_FALSE(cloud.ovh.zone_rules.txt_quoted_after);
  CHECK(cloud.ovh.zone_rules.refresh_duration == std::chrono::seconds(2));
  const auto& rules = cloud.ovh.consumer_keys.front().rules;
  REQUIRE(rules.size() == 2);
  CHECK(rules[1].method == "PUT");
  CHECK(rules[1].path == "/domain/zone/*");
}

TEST_CASE("no setting is named twice, and every one refuses what it cannot read") {
  std::set<std::string> seen;
  for (const Option& setting : sandbox_settings()) {
    CHECK(seen.insert(setting.names).second);
    Options options;
    if (setting.value_name.starts_with("ZONE")) continue;  // any text may be a zone's name
    CHECK_THROWS_AS(take_sandbox_setting(options, setting.names + "=what"), Error);
  }
}
