#include "state/memos.h"

#include "state/applied.h"
#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

TEST_CASE("memos come back as they were put; a later one replaces, an erased one is gone") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  Memos memos(database);
  const ResourceId a{"openstack.server", "a"};
  const ResourceId same_name{"guest.check", "a"};
  const ResourceId b{"openstack.server", "b"};
  memos.put({{a, {"w1", "r1", "o1"}}, {same_name, {"w2", "r2", "o2"}}, {b, {"w3", "r3", "o3"}}});
  memos.put({{a, {"w4", "r4", "o4"}}});
  memos.erase({b, {"openstack.server", "never"}});
  CHECK(memos.load() == MemoTable{{a, {"w4", "r4", "o4"}}, {same_name, {"w2", "r2", "o2"}}});
}

TEST_CASE("what was applied comes back field by field") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  AppliedFields applied(database);
  const Applied first{{"ovh.rrset", "b"}, {{"targets", "11"}, {"ttl", "22"}}, at(5)};
  const Applied second{{"ovh.rrset", "a"}, {}, at(6)};
  applied.put({first.id, {{"ttl", "old"}}, at(1)});
  applied.put(first);
  applied.put(second);
  CHECK(applied.find(first.id) == first);
  CHECK(applied.list() == std::vector<Applied>{second, first});
  applied.erase(first.id);
  CHECK(applied.find(first.id) == std::nullopt);
}

}  // namespace
}  // namespace muster::state
