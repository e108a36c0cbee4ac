#include "reconciler/plan/graph.h"

#include "tests/support/catch.h"

namespace muster::plan {
namespace {

Resource resource(const std::string& name) {
  Resource one;
  one.id = {"test.host", name};
  return one;
}

TEST_CASE("what is needed is told over all ways of needing, with who leads there") {
  Resource volume = resource("volume");
  Resource machine = resource("machine");
  machine.wanted = Map{{"disk", Hole{Ref{volume.id, "path"}}}};
  Resource container = resource("container");
  container.connection.offered = OfferedConnection{"Host", machine.id, Map{}};
  Resource content = resource("content");
  content.inside = container.id;
  Resource check = resource("check");
  check.needs = {content.id};
  Resource other = resource("other");
  other.follows = {check.id};
  const std::vector<Resource> all{check, container, content, machine, other, volume};

  const auto needed = needed_by({check.id}, all);
  CHECK(needed == std::map<ResourceId, ResourceId>{
                      {container.id, check.id}, {content.id, check.id}, {machine.id, check.id}, {volume.id, check.id}});
  CHECK(needed_by({other.id}, all).empty());
  CHECK(needed_by({machine.id, volume.id}, all).empty());
  CHECK(needed_by({{"test.host", "nobody"}}, all).empty());
}

}  // namespace
}  // namespace muster::plan
