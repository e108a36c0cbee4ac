#include "resources/ovh/ownership.h"

#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;

namespace {

const std::string fleet = "f1e2d3c4";

ZoneRecord address(std::string name, std::string target) { return {0, std::move(name), "A", std::move(target), 60}; }

/// The scope's record as our fleet would have written it over `written`.
ZoneRecord claim(const std::string& scope, const std::vector<ZoneRecord>& written, const std::string& by = fleet) {
  const RRsets sets = group_records(written, "example.com");
  std::vector<const RRset*> all;
  for (const auto& [key, set] : sets) all.push_back(&set);
  const Proof proof = prove(all);
  const ScopeText text{by, {1700000000, "3f2a91c"}, proof.count, proof.digest};
  return {0, scope_record_name(scope), "TXT", text.to_string(), 0};
}

using Targets = std::set<std::string>;

Claim known(Targets targets) { return {.known_targets = std::move(targets)}; }
Claim wanted(Targets targets) { return {.wanted = true, .wanted_targets = std::move(targets)}; }
/// Wanted with an address that nobody knows yet.
Claim wanted_later() { return {.wanted = true}; }

/// The judgement of the A set at `name` in a zone of these records, with these claims.
Judgement judged(const std::vector<ZoneRecord>& records, const std::string& name, const Claim& claim = {},
                 Claims claims = {}) {
  const RRsets sets = group_records(records, "example.com");
  const Scopes scopes(sets, fleet);
  claims[{name, "A"}] = claim;
  return judge(sets.at({name, "A"}), claim, proven_sets(sets, claims, scopes).count({name, "A"}) > 0, scopes);
}

ZoneRecord claim_of_others() { return claim("my-event", {}, "someone-else"); }

}  // namespace

TEST_CASE("a scope's text reads back as it was written") {
  const ScopeText text{fleet, {1700000000, "3f2a91c"}, 30, "0123456789ab"};
  CHECK(text.to_string() ==
        "heritage=muster,version=1,fleet=f1e2d3c4,revision=1700000000-3f2a91c,rrsets=30:0123456789ab");
  CHECK(parse_scope_text(text.to_string()) == text);
}

TEST_CASE("what is no scope text of version 1 proves nothing") {
  CHECK_FALSE(parse_scope_text(""));
  CHECK_FALSE(parse_scope_text("v=spf1 -all"));
  CHECK_FALSE(parse_scope_text("heritage=external-dns,version=1,fleet=a,revision=0-,rrsets=0:0123456789ab"));
  CHECK_FALSE(parse_scope_text("heritage=muster,version=2,fleet=a,revision=0-,rrsets=0:0123456789ab"));
  CHECK_FALSE(parse_scope_text("heritage=muster,version=1,fleet=,revision=0-,rrsets=0:0123456789ab"));
  CHECK_FALSE(parse_scope_text("heritage=muster,version=1,fleet=a,revision=0-,rrsets=x:0123456789ab"));
  CHECK_FALSE(parse_scope_text("heritage=muster,version=1,fleet=a,revision=0-,rrsets=1:01234"));
}

TEST_CASE("a wanted set whose scope's record somebody removed stays ours while it is as we knew it") {
  Claim both = wanted({"192.0.2.1"});
  both.known_targets = Targets{"192.0.2.1"};
  const Judgement ours = judged({address("alpha.my-event", "192.0.2.1")}, "alpha.my-event", both);
  CHECK(ours.ownership == Ownership::ours);
  CHECK(ours.evidence == "the record of its scope is gone");
  CHECK(judged({address("alpha.my-event", "203.0.113.9")}, "alpha.my-event", both).ownership == Ownership::foreign);
  CHECK(judged({address("alpha.my-event", "192.0.2.1")}, "alpha.my-event", known({"192.0.2.1"})).ownership ==
        Ownership::foreign);
  CHECK(judged({address("alpha.my-event", "192.0.2.1"), claim_of_others()}, "alpha.my-event", both).ownership ==
        Ownership::foreign);
}

TEST_CASE("a scope holds its own name and the names below it, and no look-alikes") {
  CHECK(lies_in("my-event", "my-event"));
  CHECK(lies_in("abcde.my-event", "my-event"));
  CHECK(lies_in("a.b.my-event", "my-event"));
  CHECK_FALSE(lies_in("not-my-event", "my-event"));
  CHECK_FALSE(lies_in("event", "my-event"));
  CHECK(lies_in("anything", ""));
  CHECK(scope_record_name("my-event") == "_muster.my-event");
  CHECK(scope_of_record_name("_muster.my-event") == "my-event");
  CHECK(scope_of_record_name("_muster") == "");
  CHECK_FALSE(scope_of_record_name("_musterx.my-event"));
}

TEST_CASE("the digest depends on names and values, and on nothing else") {
  const auto proof_of = [](const std::vector<ZoneRecord>& records) {
    const RRsets sets = group_records(records, "example.com");
    std::vector<const RRset*> all;
    for (auto set = sets.rbegin(); set != sets.rend(); ++set) all.push_back(&set->second);
    return prove(all);
  };
  const Proof two = proof_of({address("a.e", "192.0.2.1"), address("b.e", "192.0.2.2")});
  CHECK(two.count == 2);
  CHECK(two.digest.size() == 12);
  CHECK(two == proof_of({address("b.e", "192.0.2.2"), address("a.e", "192.0.2.1")}));
  CHECK(two == proof_of({{9, "a.e", "A", "192.0.2.1", 300}, address("b.e", "192.0.2.2"), {0, "a.e", "TXT", "x", 0}}));
  CHECK_FALSE(two == proof_of({address("a.e", "192.0.2.1"), address("b.e", "192.0.2.3")}));
  CHECK(proof_of({}).count == 0);
}

TEST_CASE("without a scope of ours nothing is ours, wanted or not") {
  const auto found = judged({address("abcde.my-event", "192.0.2.1")}, "abcde.my-event", wanted({"192.0.2.1"}));
  CHECK(found.ownership == Ownership::foreign);
  CHECK(found.evidence == "lies in no scope of this fleet");
}

TEST_CASE("a wanted set that holds what nothing explains is foreign, and the evidence names the value") {
  const std::vector<ZoneRecord> zone{claim("my-event", {}), address("abcde.my-event", "203.0.113.9")};
  const auto found = judged(zone, "abcde.my-event", wanted({"192.0.2.1"}));
  CHECK(found.ownership == Ownership::foreign);
  CHECK(found.scope == "my-event");
  CHECK(found.evidence ==
        "holds 203.0.113.9, not written by muster as far as its database and the record _muster.my-event tell");
}

TEST_CASE("a wanted set that the scope's digest proves is ours, whatever is wanted now") {
  const std::vector<ZoneRecord> written{address("a.my-event", "192.0.2.1")};
  auto zone = written;
  zone.push_back(claim("my-event", written));
  const auto found = judged(zone, "a.my-event", wanted({"192.0.2.9"}));
  CHECK(found.ownership == Ownership::ours);
  CHECK(found.condition == Condition::ready);
}

TEST_CASE("a wanted set that drifted from what we knew is ours") {
  const std::vector<ZoneRecord> zone{claim("my-event", {}), address("a.my-event", "203.0.113.9")};
  const Claim drifted{.wanted = true, .wanted_targets = Targets{"192.0.2.1"}, .known_targets = Targets{"192.0.2.1"}};
  const auto found = judged(zone, "a.my-event", drifted);
  CHECK(found.ownership == Ownership::ours);
  CHECK(found.condition == Condition::ready);
}

TEST_CASE("a wanted set that only the manifest explains, all of it or a part, is ours but incomplete") {
  const std::vector<ZoneRecord> zone{claim("my-event", {}), address("a.my-event", "192.0.2.1")};
  for (const Claim& explained : {wanted({"192.0.2.1"}), wanted({"192.0.2.1", "192.0.2.2"})}) {
    const auto found = judged(zone, "a.my-event", explained);
    CHECK(found.ownership == Ownership::ours);
    CHECK(found.condition == Condition::incomplete);
    CHECK_FALSE(found.evidence.empty());
  }
}

TEST_CASE("a wanted set of which nobody knows what it shall hold is not ours until something proves it") {
  const std::vector<ZoneRecord> zone{claim("my-event", {}), address("a.my-event", "192.0.2.1")};
  const auto found = judged(zone, "a.my-event", wanted_later());
  CHECK(found.ownership == Ownership::foreign);
  CHECK(found.condition == Condition::incomplete);
  CHECK(found.evidence ==
        "holds 192.0.2.1; nothing proves that muster wrote it, and what it shall hold is not known yet");
}

TEST_CASE("a wanted set that was there before us does not spoil the proof of those beside it, nor is it proven") {
  const std::vector<ZoneRecord> written{address("a.my-event", "192.0.2.1")};
  auto zone = written;
  zone.push_back(claim("my-event", written));
  zone.push_back(address("b.my-event", "192.0.2.2"));
  const Claims beside_b{{{"b.my-event", "A"}, wanted_later()}};
  const auto ours = judged(zone, "a.my-event", wanted({"192.0.2.1"}), beside_b);
  CHECK(ours.ownership == Ownership::ours);
  CHECK(ours.condition == Condition::ready);
  const Claims beside_a{{{"a.my-event", "A"}, wanted({"192.0.2.1"})}};
  CHECK(judged(zone, "b.my-event", wanted_later(), beside_a).ownership == Ownership::foreign);
}

TEST_CASE("what is never digested needs no proof to be ready, but no strange value either") {
  const RRsets sets = group_records({claim("my-event", {}), {0, "t.my-event", "TXT", "hello", 0}}, "example.com");
  const Scopes scopes(sets, fleet);
  CHECK(judge(sets.at({"t.my-event", "TXT"}), wanted({"hello"}), false, scopes).condition == Condition::ready);
  CHECK(judge(sets.at({"t.my-event", "TXT"}), wanted({"bye"}), false, scopes).ownership == Ownership::foreign);
}

TEST_CASE("what others put beside the sets we claim does not spoil their proof") {
  const std::vector<ZoneRecord> written{address("a.my-event", "192.0.2.1"), address("b.my-event", "192.0.2.2")};
  auto zone = written;
  zone.push_back(claim("my-event", written));
  zone.push_back(address("intruder.my-event", "203.0.113.9"));
  const Claims other{{{"b.my-event", "A"}, wanted_later()}};
  CHECK(judged(zone, "a.my-event", wanted_later(), other).condition == Condition::ready);
  CHECK(judged(zone, "a.my-event", wanted_later()).condition == Condition::incomplete);
}

TEST_CASE("an unwanted set is ours when the scope's digest proves all of its sets") {
  const std::vector<ZoneRecord> written{address("a.my-event", "192.0.2.1"), address("b.my-event", "192.0.2.2")};
  auto zone = written;
  zone.push_back(claim("my-event", written));
  CHECK(judged(zone, "a.my-event").ownership == Ownership::ours);

  zone.push_back(address("c.my-event", "192.0.2.3"));
  const auto unproven = judged(zone, "a.my-event");
  CHECK(unproven.ownership == Ownership::foreign);
  CHECK(unproven.evidence == "lies in our scope, not proven ours");
}

TEST_CASE("an unwanted set we knew is ours only while it still holds what we wrote") {
  const std::vector<ZoneRecord> zone{claim("my-event", {}), address("a.my-event", "192.0.2.1")};
  CHECK(judged(zone, "a.my-event", known({"192.0.2.1"})).ownership == Ownership::ours);
  CHECK(judged(zone, "a.my-event", known({"192.0.2.2"})).ownership == Ownership::foreign);
}

TEST_CASE("what a killed removal left of an unwanted set is ours, and more than we knew is not") {
  const std::vector<ZoneRecord> zone{claim("my-event", {}), address("a.my-event", "192.0.2.2")};
  CHECK(judged(zone, "a.my-event", known({"192.0.2.1", "192.0.2.2"})).ownership == Ownership::ours);
  auto more = zone;
  more.push_back(address("a.my-event", "203.0.113.9"));
  CHECK(judged(more, "a.my-event", known({"192.0.2.1", "192.0.2.2"})).ownership == Ownership::foreign);
}

TEST_CASE("a scope of another fleet is foreign, and the evidence names that fleet") {
  const auto found = judged({claim("my-event", {}, "someone"), address("a.my-event", "192.0.2.1")}, "a.my-event",
                            wanted({"192.0.2.1"}));
  CHECK(found.ownership == Ownership::foreign);
  CHECK(found.evidence == "held by fleet someone (revision 1700000000-3f2a91c)");
}

TEST_CASE("a scope that two fleets claim is nobody's to change") {
  for (const bool ours_first : {true, false}) {
    const std::string other = ours_first ? "zzz" : "aaa";
    const RRsets sets = group_records({claim("my-event", {}), claim("my-event", {}, other)}, "example.com");
    const Scopes scopes(sets, fleet);
    REQUIRE(scopes.find("my-event") != nullptr);
    CHECK(scopes.find("my-event")->holder == Holder::foreign);
    CHECK(scopes.find("my-event")->evidence.find(other) != std::string::npos);
  }
}

TEST_CASE("the innermost scope decides, and the outer one's digest leaves it out") {
  const std::vector<ZoneRecord> outer{address("a.my-event", "192.0.2.1")};
  auto zone = outer;
  zone.push_back(claim("my-event", outer));
  zone.push_back(claim("inner.my-event", {}, "someone"));
  zone.push_back(address("x.inner.my-event", "192.0.2.7"));
  CHECK(judged(zone, "a.my-event").ownership == Ownership::ours);
  CHECK(judged(zone, "x.inner.my-event", wanted_later()).ownership == Ownership::foreign);
}
