#include "reconciler/plan/fleet_for_test.h"
#include "reconciler/plan/make_plan.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;
using muster::plan::testing::outline;
using muster::plan::testing::World;

TEST_CASE("of two replaced ones the old one that stands on the other goes first") {
  World world;
  world.host("a", "trixie").lifecycle.replace = ReplacePolicy::now;
  Resource& other = world.host("b", "trixie");
  other.lifecycle.replace = ReplacePolicy::now;
  other.needs = {{"test.host", "a"}};
  world.see_host("a");
  world.see_host("b");
  CHECK(outline(world.plan()) ==
        "replace test.host:a new\n"
        "replace test.host:b new needs 0\n"
        "replace test.host:b old host-2 needs 1\n"
        "replace test.host:a old host-1 needs 0 1 2\n");
}
