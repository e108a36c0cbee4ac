#include "reconciler/plan/keeper.h"

#include "tests/support/catch.h"

namespace muster::plan {
namespace {

Observed object(const std::string& backend_id, Condition condition, int created) {
  Observed observed;
  observed.backend_id = backend_id;
  observed.condition = condition;
  observed.created = Time(std::chrono::seconds(created));
  return observed;
}

std::string why(const Observed& one, const Observed& two, const std::string& differing = {}) {
  const auto matches = [&](const Observed& seen) { return seen.backend_id != differing; };
  const Observed* keeper = choose_keeper({&one, &two}, matches);
  return keeper->backend_id + ": " + why_kept(*keeper, keeper == &one ? two : one, matches);
}

TEST_CASE("why an object is kept is told by the first thing that tells it from the other") {
  using enum Condition;
  CHECK(why(object("a", failed, 1), object("b", progressing, 2)) == "b: the other is failed");
  CHECK(why(object("a", ready, 1), object("b", progressing, 2), "a") ==
        "b: the other differs in what only a new one can have");
  CHECK(why(object("a", progressing, 1), object("b", ready, 2)) == "b: it is ready, the other is progressing");
  CHECK(why(object("b", ready, 1), object("a", ready, 2)) == "b: it is the older one");
  CHECK(why(object("b", ready, 1), object("a", ready, 1)) ==
        "a: nothing tells them apart but their backend ids, and its own comes first");
}

}  // namespace
}  // namespace muster::plan
