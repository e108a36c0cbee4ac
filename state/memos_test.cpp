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
  memos.put({{a, {1, ~0ULL}}, {same_name, {2, 22}}, {b, {3, 33}}});
  memos.put({{a, {~0ULL, 44}}});
  memos.erase({b, {"openstack.server", "never"}});
  CHECK(memos.load() == MemoTable{{a, {~0ULL, 44}}, {same_name, {2, 22}}});
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
  CHECK(applied.find(second.id) == second);
  CHECK(applied.ids() == std::unordered_set<ResourceId, HashResourceId>{first.id, second.id});
  applied.erase(first.id);
  CHECK(applied.find(first.id) == std::nullopt);
}

}  // namespace
}  // namespace muster::state
