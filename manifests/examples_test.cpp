// The samples and the starter repository against the kinds of the real program: what people copy must load.

#include <filesystem>
#include <fstream>
#include <set>

#include "manifests/party_for_test.h"
#include "manifests/schema_json.h"
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

/// What a blueprint wants of a kind must be what the kind's driver describes; nothing else checks the two against each
/// other.
void check_against_schema(const Registry& registry, const Resource& resource) {
  CAPTURE(resource.id.to_string());
  const Driver* driver = registry.driver(resource.id.kind);
  REQUIRE(driver != nullptr);
  REQUIRE(resource.wanted.is_map());
  for (const auto& [name, value] : resource.wanted.as_map()) {
    CAPTURE(name);
    const Field* field = driver->schema().find(name);
    REQUIRE(field != nullptr);
    CHECK(field->computed == Computed::no);
  }
  for (const Field& field : driver->schema().fields) {
    CAPTURE(field.name);
    CHECK((!field.required || !resource.wanted.at(field.name).is_null()));
  }
  for (const Ref& ref : refs_in(resource.wanted)) {
    CAPTURE(ref.id.to_string(), ref.attribute);
    const Driver* other = registry.driver(ref.id.kind);
    REQUIRE(other != nullptr);
    const bool every_object_has_it = ref.attribute == "incarnation" || ref.attribute == "backend_id";
    CHECK((every_object_has_it || other->schema().find(ref.attribute) != nullptr));
  }
  for (const std::string& connection : resource.connection.candidates) {
    CHECK(connection.starts_with(driver->traits().connection_kind + "/"));
  }
  CHECK(resource.connection.candidates.empty() == driver->traits().connection_kind.empty());
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

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

TEST_CASE_METHOD(LoadFixture, "the families' own examples make one fleet that loads without a word") {
  const Registry builtin = builtin_registry();
  for (const char* name :
       {"WORKSHOP_PASSWORD", "OS_PASSWORD", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "IPD_TOKEN"}) {
    environment.variables[name] = "not-a-real-password";
  }
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator("resources")) {
    if (entry.path().string().ends_with(".example.yaml"))
      files.push_back(write(entry.path().filename().string(), text_of(entry.path())));
  }
  write("website.tar.gz", "an image");
  write("website/control.sh", "#!/bin/sh\nexit 0\n");
  REQUIRE(files.size() > 1);
  std::vector<std::string> paths = files;
  // What the examples refer to and none of them shows.
  paths.push_back(write("fleet.yaml",
                        "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
                        "spec: {uid: 0123456789abcdef0123456789abcdef}\n"));
  const Load loaded = manifests::load(paths, builtin, secrets);
  INFO(print(loaded.diagnostics));
  CHECK(loaded.diagnostics.empty());

  std::set<std::string> groups;
  for (const Resource& resource : loaded.resources) groups.insert(resource.group);
  std::set<std::string> files_with_manifests;
  for (const Manifest& manifest : loaded.manifests) {
    files_with_manifests.insert(manifest.origin.file);
    CAPTURE(manifest.key());
    CHECK((builtin.blueprint(manifest.kind) == nullptr || groups.contains(manifest.key())));
  }
  for (const Resource& resource : loaded.resources) check_against_schema(builtin, resource);
  for (const std::string& file : files) {
    CAPTURE(file);
    CHECK(files_with_manifests.contains(file));
  }
}

TEST_CASE_METHOD(LoadFixture, "what the samples expand to is what the kinds' schemas describe") {
  const Registry builtin = builtin_registry();
  environment.variables["WORKSHOP_PASSWORD"] = "not-a-real-password";
  for (const auto& entry : fs::directory_iterator("manifests/examples")) {
    const Load loaded = manifests::load({entry.path().string()}, builtin, secrets);
    for (const Resource& resource : loaded.resources) check_against_schema(builtin, resource);
  }
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
  for (const StarterFile& file : starter_files("my-fleet", uid, schema_json(builtin))) write(file.path, file.text);
  const Load loaded = manifests::load({path(".")}, builtin, secrets);
  INFO(print(loaded.diagnostics));
  CHECK(loaded.diagnostics.empty());
  CHECK(loaded.fleet.name == "my-fleet");
  CHECK(loaded.fleet.uid == uid);
  CHECK_FALSE(loaded.resources.empty());
}

}  // namespace
}  // namespace muster::manifests
