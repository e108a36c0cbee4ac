// What every driver keeps to, whatever it drives. The cases beside this file say what that means for each kind.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "resources/builtin.h"
#include "tests/drivers/cases.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

using Resources = std::vector<Resource>;

/// Runs `shown` once per kind, each in a section of its own.
template <typename Shown>
void for_every_kind(const Shown& shown) {
  for (const Case& kind : all_cases()) {
    DYNAMIC_SECTION(kind.subject.kind) { shown(kind); }
  }
}

/// The thing, or nullptr when the kind has no such thing; then the reason is told.
template <typename Thing>
const Thing* part(const Maybe<Thing>& maybe) {
  if (const auto* none = std::get_if<None>(&maybe)) SUCCEED(none->because);
  return std::get_if<Thing>(&maybe);
}

/// A run came to its end, outsiders see what is wanted, and nothing is left to do.
void require_converged(Site& site, const Case& kind, const Resources& wanted, const Run& run) {
  INFO(run.words);
  REQUIRE(run.converged());
  kind.look_from_outside(site, wanted);
  const Run after = site.plan(wanted);
  INFO(after.words);
  CHECK(after.code == 0);
  CHECK_FALSE(after.prepared.plan.has_changes());
}

/// A site on which all that the case wants stands.
void settle(Site& site, const Case& kind) { require_converged(site, kind, kind.wanted, site.apply(kind.wanted)); }

/// The only object of ours that was read for `id`.
Observed seen(const Run& run, const ResourceId& id) {
  const auto [first, last] = run.prepared.snapshot.objects.equal_range(id);
  REQUIRE(std::distance(first, last) == 1);
  return first->second;
}

/// Of entries about objects, those of one event, as ids.
std::vector<std::string> ids(const std::vector<sandbox::LedgerEntry>& entries, sandbox::Event event) {
  std::vector<std::string> found;
  for (const sandbox::LedgerEntry& entry : entries) {
    if (entry.event == event) found.push_back(entry.id);
  }
  return found;
}

TEST_CASE("every registered driver has a case here") {
  std::set<std::string> shown;
  for (const Case& kind : all_cases()) shown.insert(kind.subject.kind);
  for (const std::string& kind : builtin_registry().resource_kinds()) {
    std::string file = kind;
    std::replace(file.begin(), file.end(), '.', '_');
    if (shown.erase(kind) == 0)
      FAIL_CHECK(
          fmt::format("nothing shows that {} keeps the drivers' contract: write tests/drivers/{}_case.cpp "
                      "(tests/drivers/case.h says how) and add it to cases.h, cases.cpp and CMakeLists.txt",
                      kind, file));
  }
  for (const std::string& kind : shown) FAIL_CHECK(fmt::format("there is a case for {}, but no such driver", kind));
}

TEST_CASE("create: what is wanted comes about, is ours and ready, and outsiders see it") {
  for_every_kind([](const Case& kind) {
    Site site;
    settle(site, kind);
    const Observed object = seen(site.plan(kind.wanted), kind.subject);
    CHECK(object.ownership == Ownership::ours);
    CHECK(object.condition == Condition::ready);
    CHECK_FALSE(object.backend_id.empty());
    const Traits traits = site.registry().driver(kind.subject.kind)->traits();
    if (traits.stampable) CHECK(object.incarnation());
  });
}

TEST_CASE("no-op: a second apply finds nothing to do and writes nothing") {
  for_every_kind([](const Case& kind) {
    Site site;
    settle(site, kind);
    const std::uint64_t before = site.now();
    const Run again = site.apply(kind.wanted);
    INFO(again.words);
    CHECK(again.converged());
    CHECK_FALSE(again.prepared.plan.has_changes());
    CHECK(site.writes_since(before) == std::vector<std::string>{});
  });
}

TEST_CASE("lost database: what is read tells all, so nothing differs and nothing is made again") {
  for_every_kind([](const Case& kind) {
    Site site;
    settle(site, kind);
    site.lose_database();
    const std::uint64_t before = site.now();
    require_converged(site, kind, kind.wanted, site.apply(kind.wanted));
    CHECK(site.writes_since(before) == std::vector<std::string>{});
  });
}

TEST_CASE("update: what can change in place does, and the object stays the same") {
  for_every_kind([](const Case& kind) {
    const Edit* change = part(kind.change);
    if (change == nullptr) return;
    Site site;
    settle(site, kind);
    const std::uint64_t before = site.now();
    const Resources wanted = edited(kind.wanted, *change);
    const Run run = site.apply(wanted);
    require_converged(site, kind, wanted, run);
    REQUIRE(run.steps(kind.subject).size() == 1);
    CHECK(run.steps(kind.subject).front().verb == Verb::update);
    if (const std::string* objects = part(kind.ledger_kind)) {
      CHECK(ids(site.happened(*objects, before), sandbox::Event::created).empty());
      CHECK(ids(site.happened(*objects, before), sandbox::Event::deleted).empty());
      CHECK_FALSE(ids(site.happened(*objects, before), sandbox::Event::changed).empty());
    }
  });
}

TEST_CASE(
    "replace: what cannot change in place is made anew, in the order the kind says, and what refers to it follows") {
  for_every_kind([](const Case& kind) {
    const Edit* replacement = part(kind.replacement);
    if (replacement == nullptr) return;
    Site site;
    settle(site, kind);
    const Observed old = seen(site.plan(kind.wanted), kind.subject);
    const std::uint64_t before = site.now();
    const Resources wanted = edited(kind.wanted, *replacement);
    require_converged(site, kind, wanted, site.apply(wanted));
    const Observed fresh = seen(site.plan(wanted), kind.subject);
    CHECK(fresh.backend_id != old.backend_id);
    const std::string* objects = part(kind.ledger_kind);
    if (objects == nullptr) return;
    std::vector<std::string> order;
    for (const sandbox::LedgerEntry& entry : site.happened(*objects, before)) {
      if (entry.event == sandbox::Event::created) order.push_back("created " + entry.id);
      if (entry.event == sandbox::Event::deleted) order.push_back("deleted " + entry.id);
    }
    std::vector<std::string> expected{"created " + fresh.backend_id, "deleted " + old.backend_id};
    const bool new_one_first = site.registry().driver(kind.subject.kind)->traits().coexists;
    if (!new_one_first) std::reverse(expected.begin(), expected.end());
    CHECK(order == expected);
  });
}

TEST_CASE("remove: what is no longer wanted goes, with what needs it, and the rest stays") {
  for_every_kind([](const Case& kind) {
    Site site;
    const Resources rest = without_subject(kind);
    REQUIRE_FALSE(rest.empty());
    const Run first = site.apply(rest);
    INFO(first.words);
    REQUIRE(first.converged());
    const std::set<std::string> before = site.standing();
    settle(site, kind);
    const Run run = site.apply(rest);
    INFO(run.words);
    REQUIRE(run.converged());
    CHECK(site.standing() == before);
    const Run after = site.plan(rest);
    CHECK_FALSE(after.prepared.plan.has_changes());
    CHECK(after.prepared.snapshot.objects.count(kind.subject) == 0);
  });
}

TEST_CASE("unclear create: an answer that is lost leads to no second object") {
  for_every_kind([](const Case& kind) {
    const CallPattern* call = part(kind.creating_call);
    if (call == nullptr) return;
    Site expected;
    settle(expected, kind);
    Site site;
    site.lose_answer(*call);
    settle(site, kind);
    CHECK(site.ever_made() == expected.ever_made());
  });
}

TEST_CASE("interrupted create: the next run finishes what was begun, with the same incarnation and no twin") {
  for_every_kind([](const Case& kind) {
    const CallPattern* call = part(kind.creating_call);
    if (call == nullptr) return;
    Site expected;
    settle(expected, kind);
    Site site;
    site.lose_answer(*call);
    const Run cut_off = site.apply_until(kind.wanted, kind.subject);
    INFO(cut_off.words);
    REQUIRE(cut_off.code == 130);
    const Incarnation begun = site.open_create(kind.subject);
    REQUIRE(begun);
    settle(site, kind);
    CHECK(site.ever_made() == expected.ever_made());
    CHECK_FALSE(site.open_create(kind.subject));
    if (site.registry().driver(kind.subject.kind)->traits().stampable)
      CHECK(seen(site.plan(kind.wanted), kind.subject).incarnation() == begun);
  });
}

TEST_CASE("foreign: what somebody else has in the way is named, and neither apply nor destroy touches it") {
  for_every_kind([](const Case& kind) {
    const Deed* take_place = part(kind.take_place);
    if (take_place == nullptr) return;
    Site site;
    (*take_place)(site);
    const std::set<std::string> theirs = site.standing();
    const std::uint64_t before = site.now();
    const Run run = site.apply(kind.wanted);
    CHECK(run.code != 0);
    INFO(run.words);
    CHECK(run.words.find(kind.subject.to_string() + " exists already and is not ours") != std::string::npos);
    const Run destroyed = site.destroy(kind.wanted);
    INFO(destroyed.words);
    for (const sandbox::LedgerEntry& entry : site.happened({}, before)) {
      INFO(entry.kind << " " << entry.id << " " << entry.name << " " << entry.details);
      CHECK(theirs.count(entry.kind + " " + entry.id) == 0);
    }
    CHECK(site.standing() == theirs);
  });
}

TEST_CASE("vanished: what somebody removed by hand comes back") {
  for_every_kind([](const Case& kind) {
    const Deed* vanish = part(kind.vanish);
    if (vanish == nullptr) return;
    Site site;
    settle(site, kind);
    const std::size_t standing = site.standing().size();
    (*vanish)(site);
    REQUIRE(site.standing().size() < standing);
    const Run run = site.apply(kind.wanted);
    require_converged(site, kind, kind.wanted, run);
    CHECK_FALSE(run.steps(kind.subject).empty());
    CHECK(site.standing().size() == standing);
  });
}

TEST_CASE("destroy: only what others made is left") {
  for_every_kind([](const Case& kind) {
    Site site;
    const std::set<std::string> theirs = site.standing();
    settle(site, kind);
    const Run run = site.destroy(kind.wanted);
    INFO(run.words);
    CHECK(run.converged());
    CHECK(site.standing() == theirs);
    const Run after = site.plan({});
    CHECK(after.prepared.snapshot.objects.empty());
    CHECK_FALSE(after.prepared.plan.has_changes());
  });
}

}  // namespace
}  // namespace muster::test
