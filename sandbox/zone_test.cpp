#include "sandbox/zone.h"

#include <fmt/format.h>

#include <functional>

#include "sandbox/zone_text.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const ZoneTime start = ZoneTime(seconds(1795244400));  // 2026-11-21

struct ZoneWorld {
  explicit ZoneWorld(ZoneRules rules = {}) : zone("example.com", rules, next_id, start) {}

  DnsRecord make(const std::string& type, const std::string& name, const std::string& target, std::int64_t ttl = 0) {
    return zone.create({next_id++, type, name, target, ttl}, now);
  }
  void publish() {
    zone.refresh(++task, now);
    now += seconds(10);
    zone.advance(now);
  }
  std::vector<std::string> served(const std::string& name) {
    std::vector<std::string> targets;
    for (const DnsRecord& record : zone.resolve(name).value_or(std::vector<DnsRecord>{}))
      targets.push_back(record.target);
    return targets;
  }

  std::int64_t next_id = 5386578358;
  std::int64_t task = 0;
  ZoneTime now = start;
  Zone zone;
};

std::string refusal_of(const std::function<void()>& edit) {
  try {
    edit();
  } catch (const ZoneRefusal& refusal) {
    return refusal.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a record is stored at once and served only after a refresh has ended") {
  ZoneWorld world;
  world.make("A", "web", "203.0.113.7");
  CHECK(world.zone.list({}, "web").size() == 1);
  CHECK_FALSE(world.zone.resolve("web"));
  world.zone.refresh(1, world.now);
  world.zone.advance(world.now + milliseconds(199));
  CHECK_FALSE(world.zone.resolve("web"));
  CHECK_FALSE(world.zone.status().is_deployed);
  world.zone.advance(world.now + milliseconds(200));
  CHECK(world.served("web") == std::vector<std::string>{"203.0.113.7"});
  CHECK(world.zone.status().is_deployed);
}

TEST_CASE("a refresh serves what was stored when it began") {
  ZoneWorld world;
  const DnsRecord old = world.make("A", "web", "203.0.113.7");
  world.publish();
  world.zone.refresh(7, world.now);
  world.make("A", "late", "203.0.113.8");
  world.zone.remove(old.id, world.now);
  world.zone.advance(world.now + seconds(1));
  CHECK(world.served("web") == std::vector<std::string>{"203.0.113.7"});
  CHECK_FALSE(world.zone.resolve("late"));
  world.now += seconds(1);
  world.publish();
  CHECK_FALSE(world.zone.resolve("web"));
  CHECK(world.zone.resolve("late"));
}

TEST_CASE("one refresh at a time") {
  ZoneWorld world;
  world.zone.refresh(1, world.now);
  CHECK(refusal_of([&] { world.zone.refresh(2, world.now); }) == "A refresh of this zone is already in progress");
  CHECK(world.zone.tasks().size() == 1);
}

TEST_CASE("the serial moves with a publication, not with an edit") {
  ZoneWorld world;
  CHECK(world.zone.soa().serial == 2026112100);
  world.make("A", "web", "203.0.113.7");
  CHECK(world.zone.soa().serial == 2026112100);
  world.publish();
  CHECK(world.zone.soa().serial == 2026112101);
}

TEST_CASE("ttl 0 is the zone's default and 1 to 59 become 60") {
  ZoneWorld world;
  CHECK(world.make("A", "a", "203.0.113.7", 0).ttl == 0);
  CHECK(world.make("A", "b", "203.0.113.7", 1).ttl == 60);
  const DnsRecord record = world.make("A", "c", "203.0.113.7", 300);
  CHECK(record.ttl == 300);
  world.zone.update(record.id, {{}, {}, 59}, world.now);
  CHECK(world.zone.find(record.id, world.now)->ttl == 60);
}

TEST_CASE("a TXT loses its bare form after a while") {
  ZoneWorld world;
  const DnsRecord record = world.make("TXT", "note", "v=1; \"x\"");
  CHECK(record.target == "v=1; \"x\"");
  CHECK(world.zone.find(record.id, world.now)->target == "v=1; \"x\"");
  CHECK(world.zone.find(record.id, world.now + seconds(1))->target == R"("v=1; \"x\"")");
  CHECK(quote_txt(std::string(300, 'a')) == "\"" + std::string(255, 'a') + "\" \"" + std::string(45, 'a') + "\"");
}

TEST_CASE("edits that the real service refuses are refused in its words") {
  ZoneWorld world;
  const auto text = [&](const char* type, const char* name, const char* target) {
    return refusal_of([&] { world.make(type, name, target); });
  };
  CHECK(text("A", "my_host", "203.0.113.7") == "Invalid domain name, underscore not allowed");
  CHECK(text("TXT", "_muster.event", "x") == "accepted");
  CHECK(text("A", "web", "not-an-address") == "Invalid target for A: not-an-address");
  CHECK(text("AAAA", "web", "203.0.113.7") == "Invalid target for AAAA: 203.0.113.7");
  CHECK(text("DKIM", "k", "\"v=DKIM1\"") == "Invalid subfield found in DKIM");
  CHECK(text("SOA", "", "x") ==
        "[fieldType] Given data (SOA) does not belong to the NamedResolutionFieldTypeEnum enumeration");
  CHECK(refusal_of([&] { world.zone.remove(12, world.now); }) == "The requested object (id = 12) does not exist");
}

TEST_CASE("identical records are separate records, and ids pass 32 bits") {
  ZoneWorld world;
  const DnsRecord first = world.make("A", "web", "203.0.113.7");
  const DnsRecord second = world.make("A", "web", "203.0.113.7");
  CHECK(first.id != second.id);
  CHECK(first.id > 5000000000);
  CHECK(world.zone.list("A", "web") == std::vector<std::int64_t>{first.id, second.id});
}

TEST_CASE("the list filters by type and name, % stands for any text, an empty name is the apex") {
  ZoneWorld world;
  const std::int64_t one = world.make("A", "one.event", "203.0.113.1").id;
  const std::int64_t two = world.make("AAAA", "two.event", "2001:db8::2").id;
  world.make("A", "event", "203.0.113.3");
  CHECK(world.zone.list({}, "%.event") == std::vector<std::int64_t>{one, two});
  CHECK(world.zone.list("AAAA", "%.event") == std::vector<std::int64_t>{two});
  CHECK(world.zone.list({}, "ONE.event") == std::vector<std::int64_t>{one});
  CHECK(world.zone.list("NS", "").size() == 2);
  CHECK(world.zone.list({}, "nothing").empty());
}

TEST_CASE("a rename moves the record and both names are published") {
  ZoneWorld world;
  const DnsRecord record = world.make("A", "old", "203.0.113.7");
  world.publish();
  world.zone.update(record.id, {"new", {}, {}}, world.now);
  CHECK(world.served("old").size() == 1);
  world.publish();
  CHECK_FALSE(world.zone.resolve("old"));
  CHECK(world.served("new") == std::vector<std::string>{"203.0.113.7"});
}

TEST_CASE("wildcards answer for names that do not exist") {
  ZoneWorld world;
  world.make("A", "*.event", "203.0.113.9");
  world.make("A", "web.event", "203.0.113.7");
  world.publish();
  CHECK(world.served("web.event") == std::vector<std::string>{"203.0.113.7"});
  CHECK(world.served("any.event") == std::vector<std::string>{"203.0.113.9"});
  CHECK(world.served("under.any.event") == std::vector<std::string>{"203.0.113.9"});
  CHECK_FALSE(world.zone.resolve("under.web.event"));
}

TEST_CASE("the export has the layout of the real text mode") {
  ZoneWorld world;
  world.make("A", "web.event", "203.0.113.7", 300);
  world.make("TXT", "_muster.event", "fleet=1");
  CHECK(world.zone.export_text() ==
        "$TTL 3600\n"
        "@\tIN SOA dns104.ovh.net. tech.ovh.net. (2026112100 86400 3600 3600000 60)\n"
        "              IN MX     1 mx1.mail.ovh.net.\n"
        "              IN NS     dns104.ovh.net.\n"
        "              IN NS     ns104.ovh.net.\n"
        "              600 IN TXT    \"v=spf1 include:mx.ovh.com ~all\"\n"
        "_muster.event IN TXT    \"fleet=1\"\n"
        "web.event     300 IN A      203.0.113.7\n");
  ZoneRules rules;
  rules.export_shows_unrefreshed = false;
  ZoneWorld hidden(rules);
  hidden.make("A", "web", "203.0.113.7");
  CHECK(hidden.zone.export_text().find("web") == std::string::npos);
}

TEST_CASE("after an edit in text form every record has another id and the same content") {
  ZoneWorld world;
  const DnsRecord record = world.make("A", "web", "203.0.113.7");
  const std::string before = world.zone.export_text();
  world.zone.renumber(world.next_id, world.now);
  CHECK_FALSE(world.zone.find(record.id, world.now));
  CHECK(world.zone.list("A", "web").size() == 1);
  CHECK(world.zone.export_text() == before);
}

TEST_CASE("a zone holds 100,000 records") {
  ZoneWorld world;
  for (int i = 0; i < 100000; ++i) world.make("A", fmt::format("host{}.event", i), "203.0.113.7");
  world.publish();
  CHECK(world.zone.list("A", {}).size() == 100000);
  CHECK(world.zone.list("A", "host99999.event").size() == 1);
  CHECK(world.zone.resolve("host99999.event"));
  CHECK(world.zone.export_text().size() > 3000000);
}
