#include "resources/openstack/stamp_metadata.h"

#include "resources/contract/error.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

Stamp sample() {
  Stamp stamp;
  stamp.fleet = "b3f1c2d4e5f60718";
  stamp.id = {"openstack.server", "my-event/abcde"};
  stamp.incarnation.bits = 0x0123456789abcdef;
  stamp.form = 1;
  stamp.digests = {{"image", "3f2a91c04b7d"}, {"user_data", "00ff00ff00ff"}};
  stamp.revision = {1'700'000'000, "3f2a91c"};
  stamp.protect = true;
  stamp.until = 4'000'000'000;
  return stamp;
}

TEST_CASE("the metadata of a stamp is frozen") {
  CHECK(metadata_from(sample()) == Metadata{{"muster-digests", "image=3f2a91c04b7d,user_data=00ff00ff00ff"},
                                            {"muster-fleet", "b3f1c2d4e5f60718"},
                                            {"muster-form", "1"},
                                            {"muster-id", "openstack.server:my-event/abcde"},
                                            {"muster-incarnation", "0123456789abcdef"},
                                            {"muster-protect", "true"},
                                            {"muster-revision", "1700000000-3f2a91c"},
                                            {"muster-until", "4000000000"}});
}

TEST_CASE("a stamp survives the way to the server and back, among other people's keys") {
  Metadata metadata = metadata_from(sample());
  metadata["owner"] = "somebody";
  CHECK(stamp_from(metadata) == sample());
  Stamp bare = sample();
  bare.digests.clear();
  bare.protect = false;
  bare.revision = {};
  CHECK(stamp_from(metadata_from(bare)) == bare);
}

TEST_CASE("digests longer than a value are split at a comma and joined again") {
  Stamp stamp = sample();
  stamp.digests.clear();
  for (char letter = 'a'; letter <= 'z'; ++letter) stamp.digests[std::string("field_") + letter] = "0123456789ab";
  const Metadata metadata = metadata_from(stamp);
  CHECK(metadata.count("muster-digests") == 0);
  CHECK(metadata.count("muster-digests-1") == 1);
  CHECK(metadata.count("muster-digests-3") == 1);
  for (const auto& [key, value] : metadata) CHECK(value.size() <= 255);
  CHECK(stamp_from(metadata) == stamp);
}

TEST_CASE("a stamp that cannot be read as a whole is none") {
  for (const char* const key : {"muster-fleet", "muster-id", "muster-incarnation", "muster-form", "muster-revision"}) {
    CAPTURE(key);
    Metadata missing = metadata_from(sample());
    missing.erase(key);
    CHECK_FALSE(stamp_from(missing));
    Metadata damaged = metadata_from(sample());
    damaged[key] = key == std::string_view("muster-fleet") ? "" : "no sense";
    CHECK_FALSE(stamp_from(damaged));
  }
  Metadata damaged = metadata_from(sample());
  damaged["muster-digests"] = "image";
  CHECK_FALSE(stamp_from(damaged));
}

TEST_CASE("an id too long for metadata is refused before anything is sent") {
  Stamp stamp = sample();
  stamp.id.name = std::string(300, 'x');
  CHECK_THROWS_AS(metadata_from(stamp), Error);
}

}  // namespace
}  // namespace muster::openstack
