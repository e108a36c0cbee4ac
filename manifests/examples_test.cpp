// The samples and the starter repository against the kinds of the real program: what people copy must load.

#include <filesystem>
#include <fstream>

#include "manifests/party_for_test.h"
#include "manifests/starter.h"
#include "resources/builtin.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

namespace fs = std::filesystem;

class CountingRandom : public Random {
 public:
  std::uint64_t bits() override { return next_++; }

 private:
  std::uint64_t next_ = 0;
};

TEST_CASE_METHOD(LoadFixture, "each example loads without a word, and wants something") {
  const Registry builtin = builtin_registry();
  environment.variables["WORKSHOP_PASSWORD"] = "not-a-real-password";
  std::size_t examples = 0;
  for (const auto& entry : fs::directory_iterator("manifests/examples")) {
    const Load loaded = manifests::load({entry.path().string()}, builtin, secrets);
    INFO(entry.path().string() << "\n" << print(loaded.diagnostics));
    CHECK(loaded.diagnostics.empty());
    CHECK_FALSE(loaded.resources.empty());
    ++examples;
  }
  CHECK(examples > 0);
}

TEST_CASE_METHOD(LoadFixture, "the workshop example wants five servers, each with an address record and a check") {
  const Registry builtin = builtin_registry();
  environment.variables["WORKSHOP_PASSWORD"] = "not-a-real-password";
  const Load loaded = manifests::load({"manifests/examples/workshop"}, builtin, secrets);
  REQUIRE(loaded.ok());
  std::map<std::string, int> count;
  for (const Resource& resource : loaded.resources) ++count[resource.id.kind];
  CHECK(count["openstack.server"] == 5);
  CHECK(count["ovh.rrset"] == 5);
  CHECK(count["ovh.scope"] == 1);
  CHECK(count["guest.check"] == 5);
}

TEST_CASE_METHOD(LoadFixture, "what `muster init` writes loads without a word, with a uid of its own") {
  const Registry builtin = builtin_registry();
  environment.variables["WORKSHOP_PASSWORD"] = "not-a-real-password";
  CountingRandom random;
  const std::string uid = random_uid(random);
  CHECK(uid.size() == 32);
  CHECK(random_uid(random) != uid);
  for (const StarterFile& file : starter_files("my-fleet", uid)) write(file.path, file.text);
  const Load loaded = manifests::load({path(".")}, builtin, secrets);
  INFO(print(loaded.diagnostics));
  CHECK(loaded.diagnostics.empty());
  CHECK(loaded.fleet.name == "my-fleet");
  CHECK(loaded.fleet.uid == uid);
  CHECK_FALSE(loaded.resources.empty());
}

}  // namespace
}  // namespace muster::manifests
