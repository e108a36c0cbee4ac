// Taking over servers that another tool made.

#include <algorithm>

#include "resources/contract/error.h"
#include "resources/openstack/cloud_for_test.h"
#include "resources/openstack/server_list.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

using Reach = ObserveRequest::Reach;

std::string told(const Takeover& takeover) {
  std::string text = takeover.obstacle;
  for (const FieldChange& change : takeover.differs) {
    text += change.field + ": " + (change.before.is_null() ? "none" : to_canonical_json(change.before)) + " | " +
            (change.after.is_null() ? "none" : to_canonical_json(change.after)) + "\n";
  }
  return text;
}

/// A server of somebody else's that is called as `wanted` is.
struct Found {
  explicit Found(TestCloud& test_cloud) : cloud(test_cloud), wanted(cloud.server("a")) {
    wanted.wanted.as_map()["tags"] = List{};
    cloud.foreign_server(wanted.wanted.string_at("name"));
    object = cloud.await(wanted, {}, Condition::ready);
  }

  std::string examined() {
    Context ambient = cloud.context();
    return told(cloud.driver.examine(cloud.session(), wanted, object, ambient));
  }
  Observed adopted(std::uint64_t incarnation = 0xadd) {
    Context ambient = cloud.context();
    return cloud.driver.adopt(cloud.session(), wanted, object, cloud.stamp(wanted, incarnation), ambient);
  }
  /// The words with which adopt refuses.
  std::string refused() {
    try {
      adopted();
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::conflict);
      return error.message();
    }
    return "adopted";
  }
  void want(const char* field, Value value) { wanted.wanted.as_map()[field] = std::move(value); }

  TestCloud& cloud;
  Resource wanted;
  Observed object;
};

TEST_CASE("a server that was made as the manifest says becomes ours in place, and again is no mistake", "[contract]") {
  TestCloud cloud;
  Found found(cloud);
  CHECK(found.object.ownership == Ownership::foreign);
  CHECK(found.examined().empty());
  const Observed adopted = found.adopted();
  CHECK(adopted.backend_id == found.object.backend_id);
  CHECK(adopted.ownership == Ownership::ours);
  CHECK(adopted.stamp == cloud.stamp(found.wanted, 0xadd));
  CHECK(adopted.condition == Condition::ready);
  CHECK(found.adopted(0xbee).stamp == cloud.stamp(found.wanted, 0xbee));
  const Observation seen = cloud.observe(Reach::scope, {found.wanted});
  CHECK(std::count_if(seen.objects.begin(), seen.objects.end(), [&](const Observed& object) {
          return object.id == found.wanted.id && object.ownership == Ownership::ours;
        }) == 1);
}

TEST_CASE("ids and names of image, flavor and network are the same to an adoption", "[contract]") {
  TestCloud cloud;
  Found found(cloud);
  Context ambient = cloud.context();
  Names& names = cloud.session().names;
  found.want("image", names.image("Debian 12", ambient).id);
  found.want("flavor", names.flavor("d2-2", ambient).id);
  found.want("network", names.network("Ext-Net", ambient).id);
  CHECK(found.examined().empty());
}

TEST_CASE("what Nova shows and the manifest says otherwise is told: there, here", "[contract]") {
  TestCloud cloud;
  Found found(cloud);
  found.want("image", "Ubuntu 24.04");
  found.want("flavor", "no-such-flavor");
  found.want("network", "no-such-network");
  found.want("key_pair", "mine");
  CHECK(found.examined() ==
        "image: \"Debian 12\" | \"Ubuntu 24.04\"\n"
        "flavor: \"d2-2\" | \"no-such-flavor\"\n"
        "network: \"Ext-Net\" | \"no-such-network\"\n"
        "key_pair: none | \"mine\"\n");
}

TEST_CASE("a server with anybody's stamp, of another name, or gone is not adopted; adopt itself looks again") {
  TestCloud cloud;
  Found found(cloud);
  const Resource wanted = found.wanted;
  found.want("name", "another");
  CHECK(found.examined() == "it is called " + wanted.wanted.string_at("name") + ", not another");
  CHECK(found.refused().find("cannot be adopted any more: it is called") != std::string::npos);
  found.wanted = wanted;

  Context ambient = cloud.context();
  Stamp theirs = cloud.stamp(wanted);
  theirs.fleet = "f2";
  theirs.id.name = "other/a";
  cloud.driver.adopt(cloud.session(), wanted, found.object, theirs, ambient);
  CHECK(found.examined() == "it carries the stamp of fleet f2 (openstack.server:other/a)");
  CHECK(found.refused().find("it carries the stamp of fleet f2") != std::string::npos);

  found.object.backend_id = "00000000-0000-4000-8000-000000000000";
  CHECK(found.examined() == "it is gone");
  CHECK(found.refused() == "the server 00000000-0000-4000-8000-000000000000 is gone");
}

}  // namespace
}  // namespace muster::openstack
