#include "reconciler/plan/adoption.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/fleet_for_test.h"
#include "tests/support/catch.h"

namespace muster::plan {
namespace {

using testing::outline;

/// A namespace whose hosts somebody else made: each with a server and a record, wanted with a check and a mark.
class Migration : public testing::World {
 public:
  explicit Migration(std::initializer_list<std::string> names) {
    mark();
    for (const std::string& name : names) {
      host(name);
      record(name).needs = {{"test.mark", "zone"}};
      check(name);
    }
  }

  Observed& stands(const std::string& name, const std::string& address = "192.0.2.1") {
    Observed& object = see_host(name, "debian", address);
    object.ownership = Ownership::foreign;
    object.stamp.reset();
    return object;
  }
  Observed& record_stands(const std::string& name, const std::string& address = "192.0.2.1") {
    Observed& object = see_record(name, address);
    object.ownership = Ownership::foreign;
    return object;
  }

  /// As if the drivers had nothing against any candidate.
  Examinations all_fine() const {
    Examinations answers;
    for (const Candidate& candidate : candidates()) answers[candidate.resource.id];
    return answers;
  }
  Adoption adopted() const { return adoption(all_fine()); }
};

std::string refusals(const Adoption& adoption) {
  std::string text;
  for (const Refusal& refusal : adoption.refused) {
    text += refusal.id.to_string() + ": " + refusal.reason;
    for (const FieldChange& change : refusal.differs) text += " " + change.field;
    text += "\n";
  }
  return text;
}

TEST_CASE("hosts and records of others are adopted, their mark is made, their checks are looked at; nothing else") {
  Migration world{"a", "b"};
  world.stands("a");
  world.record_stands("a");
  world.stands("b", "192.0.2.2");
  world.record_stands("b", "192.0.2.2");
  const Adoption adoption = world.adopted();
  CHECK(outline(adoption.plan) ==
        "adopt test.host:a host-1\n"
        "adopt test.host:b host-2\n"
        "create test.mark:zone flush 7\n"
        "adopt test.record:a record-a needs 0 2 flush 7\n"
        "create test.check:a needs 0 3\n"
        "adopt test.record:b record-b needs 1 2 flush 7\n"
        "create test.check:b needs 1 5\n"
        "flush test.zone:zone\n");
  CHECK(refusals(adoption).empty());
  CHECK(adoption.absent.empty());
  CHECK(adoption.plan.held.empty());
}

TEST_CASE("a host is not adopted with a secret that nobody could read; the others are") {
  Migration world{"a", "b"};
  world.stands("a");
  world.stands("b", "192.0.2.2");
  for (Resource& resource : world.resources) {
    if (resource.id.name == "a" && resource.id.kind == "test.host")
      resource.wanted.as_map()["image"] = Hole(Secret{{SecretOriginKind::env, {"UNSET"}}, {}, {}, SecretForm::clear});
  }
  const Adoption adoption = world.adopted();
  CHECK(refusals(adoption) == "test.host:a: a secret that the manifest gives it cannot be read\n");
  CHECK(outline(adoption.plan).find("adopt test.host:b") != std::string::npos);
}

TEST_CASE("a candidate's refs are filled from what stands there, so that its driver can compare") {
  Migration world{"a"};
  world.stands("a", "192.0.2.7");
  world.record_stands("a", "192.0.2.7");
  const auto candidates = world.candidates();
  REQUIRE(candidates.size() == 2);
  CHECK(candidates[1].resource.id.to_string() == "test.record:a");
  CHECK(candidates[1].resource.wanted.at("targets") == Value(List{"192.0.2.7"}));
}

TEST_CASE("what a driver has something against stays as it is, and so does what belongs to it; others are adopted") {
  Migration world{"a", "b"};
  for (const char* name : {"a", "b"}) {
    world.stands(name);
    world.record_stands(name);
  }
  Examinations answers = world.all_fine();
  answers[{"test.host", "a"}].takeover.differs = {{"image", "old", "debian"}};
  const Adoption adoption = world.adoption(answers);
  CHECK(outline(adoption.plan) ==
        "adopt test.host:b host-2\n"
        "create test.mark:zone flush 4\n"
        "adopt test.record:b record-b needs 0 1 flush 4\n"
        "create test.check:b needs 0 2\n"
        "flush test.zone:zone\n");
  CHECK(refusals(adoption) ==
        "test.host:a:  image\n"
        "test.record:a: it belongs to test.host:a, which is not adopted\n");
}

TEST_CASE("two objects of one name are never chosen between") {
  Migration world{"a"};
  world.stands("a");
  world.stands("a");
  world.record_stands("a");
  const Adoption adoption = world.adopted();
  CHECK(adoption.plan.steps.empty());
  REQUIRE(adoption.refused.size() == 2);
  CHECK(adoption.refused[0].reason == "2 of them have this name");
  CHECK(adoption.refused[0].backend_ids == std::vector<std::string>{"host-1", "host-2"});
}

TEST_CASE("a record without its server is not adopted, and a server without its record is") {
  Migration world{"a", "b"};
  world.record_stands("a");
  world.stands("b");
  const Adoption adoption = world.adopted();
  CHECK(outline(adoption.plan) == "adopt test.host:b host-1\n");
  CHECK(refusals(adoption) == "test.record:a: it belongs to test.host:a, which does not exist\n");
  const std::vector<ResourceId> absent{{"test.host", "a"}, {"test.mark", "zone"}, {"test.record", "b"}};
  CHECK(adoption.absent == absent);
}

TEST_CASE("an adoption that was cut off goes on with what is missing") {
  Migration world{"a"};
  const Observed host = world.see_host("a");
  Observed& half = world.see_record("a");
  half.condition = Condition::incomplete;
  Observed mark;
  mark.id = {"test.mark", "zone"};
  mark.connection = half.connection;
  mark.backend_id = "zone";
  mark.ownership = Ownership::ours;
  mark.condition = Condition::incomplete;
  world.objects.push_back(mark);
  const Adoption adoption = world.adopted();
  CHECK(outline(adoption.plan) ==
        "create test.mark:zone zone resume flush 3\n"
        "adopt test.record:a record-a needs 0 flush 3\n"
        "create test.check:a needs 1\n"
        "flush test.zone:zone\n");
}

TEST_CASE("what is ours already gets no step, and neither does a finished adoption") {
  testing::World world;
  world.add_converged("a");
  const Adoption adoption = world.adoption({});
  CHECK(adoption.plan.steps.empty());
  CHECK(adoption.ours.size() == 3);
  CHECK(adoption.plan.unchanged == 3);
}

TEST_CASE("a mark that somebody else holds keeps its records from being adopted, not the servers") {
  Migration world{"a"};
  world.stands("a");
  world.record_stands("a");
  Observed mark;
  mark.id = {"test.mark", "zone"};
  mark.connection = "TestCloud/here";
  mark.ownership = Ownership::foreign;
  mark.condition = Condition::ready;
  mark.evidence = "held by fleet f2";
  world.objects.push_back(mark);
  const Adoption adoption = world.adopted();
  CHECK(outline(adoption.plan) == "adopt test.host:a host-1\n");
  CHECK(refusals(adoption) ==
        "test.mark:zone: held by fleet f2\n"
        "test.record:a: it belongs to test.mark:zone, which is not adopted\n");
}

TEST_CASE("a namesake that an incomplete read shows is left alone: our own may be among those it lacks") {
  Migration world{"a", "b"};
  world.stands("a");
  world.unread("test.host", "the cloud is down");
  const Adoption adoption = world.adoption(world.all_fine());
  CHECK(adoption.plan.steps.empty());
  REQUIRE(adoption.unknown.size() == 2);
  CHECK(adoption.unknown[0].reason == "the cloud is down");
  CHECK(adoption.unknown[1].reason == "the cloud is down");
}

TEST_CASE("what could not be asked about is unknown and left alone") {
  Migration world{"a"};
  world.stands("a");
  Examinations answers = world.all_fine();
  answers[{"test.host", "a"}].failure = "no answer";
  const Adoption adoption = world.adoption(answers);
  CHECK(adoption.plan.steps.empty());
  REQUIRE(adoption.unknown.size() == 1);
  CHECK(adoption.unknown[0].reason == "no answer");
}

TEST_CASE("what can change in place is said and left to apply") {
  Migration world{"a"};
  world.stands("a");
  world.record_stands("a").attributes.as_map()["ttl"] = 0;
  const Adoption adoption = world.adopted();
  REQUIRE(adoption.plan.held.size() == 1);
  CHECK(adoption.plan.held[0].reason == "apply changes it once it is ours");
  REQUIRE(adoption.plan.held[0].changes.size() == 1);
  CHECK(adoption.plan.held[0].changes[0].field == "ttl");
  CHECK(adoption.plan.held[0].changes[0].cause == Cause::manifest);
}

TEST_CASE("a zone that an earlier run owes a flush gets it") {
  Migration world{"a"};
  world.memory.debts = {{"TestCloud/here", {"test.zone", "zone"}}};
  CHECK(outline(world.adopted().plan) == "flush test.zone:zone resume\n");
}

TEST_CASE("an owed flush waits for what is flushed with it, says so, and for nothing else") {
  Migration world{"a"};
  world.memory.debts = {{"TestCloud/here", {"test.zone", "zone"}}};
  world.unread("test.host", "the cloud is down");
  CHECK(outline(world.adopted().plan) == "flush test.zone:zone resume\n");
  world.unread("test.record", "the zone is silent");
  const Adoption adoption = world.adopted();
  CHECK(outline(adoption.plan).empty());
  const auto debt = std::find_if(adoption.unknown.begin(), adoption.unknown.end(),
                                 [](const Unknown& unknown) { return unknown.id.kind == "test.zone"; });
  REQUIRE(debt != adoption.unknown.end());
  CHECK(debt->reason == "the zone is silent");
}

TEST_CASE("of an adopted object what the backend shows counts as written") {
  const Registry registry = testing::test_registry();
  const Schema& schema = registry.driver("test.record")->schema();
  const Value wanted = Map{{"targets", List{"192.0.2.1"}}, {"ttl", 60}};
  const Value there = Map{{"targets", List{"192.0.2.1"}}, {"ttl", 0}};
  CHECK(adopted_digests(schema, wanted, there) == applied_digests(schema, there));
}

}  // namespace
}  // namespace muster::plan
