#include "manifests/import/install_party.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "manifests/party_for_test.h"
#include "resources/builtin.h"
#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::manifests {
namespace {

using muster::test::contains;

namespace fs = std::filesystem;

const fs::path samples = "manifests/import/testdata";
constexpr const char* uid = "0123456789abcdef0123456789abcdef";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Import import_of(const std::string& text) {
  return import_install_party("config.yaml", text, {uid, "v1.11.100", "{}", ""});
}

/// Everything a person could be shown, and every file.
std::string all_text(const Import& import) {
  std::string text = import.layout + import.name_space + print(import.diagnostics);
  for (const StarterFile& file : import.files) text += file.path + file.text;
  for (const ImportedKey& key : import.keys) text += key.key + key.became + key.where.to_string();
  for (const SecretToSet& secret : import.secrets) text += secret.variable + secret.key + secret.where.to_string();
  for (const std::string& note : import.notes) text += note;
  return text;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string early = read(samples / "layout-0.1.yaml");
const std::string plugins = read(samples / "layout-1.0.yaml");

TEST_CASE_METHOD(LoadFixture, "both layouts become a repository that loads without a word") {
  const Registry builtin = builtin_registry();
  for (const char* name :
       {"WORKSHOP_PASSWORD", "OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OS_PASSWORD"}) {
    environment.variables[name] = "not-a-real-password";
  }
  for (const auto& [sample, layout] :
       {std::pair(early, "the layout of 0.1 to 0.3"), std::pair(plugins, "the layout of 1.0")}) {
    const Import import = import_of(sample);
    INFO(print(import.diagnostics));
    CHECK(import.diagnostics.empty());
    CHECK(import.layout == layout);
    REQUIRE(import.files.size() == 5);
    for (const StarterFile& file : import.files) write(file.path, file.text);
    const Load loaded = manifests::load({path(".")}, builtin, secrets);
    INFO(print(loaded.diagnostics));
    CHECK(loaded.diagnostics.empty());
    CHECK(loaded.fleet.name == "my-super-event");
    CHECK(loaded.fleet.uid == uid);
    REQUIRE(loaded.manifests.size() == 3);
  }
}

TEST_CASE_METHOD(LoadFixture, "each field says in the manifests what it said in the configuration") {
  const Registry builtin = builtin_registry();
  for (const StarterFile& file : import_of(plugins).files) write(file.path, file.text);
  const Load loaded = manifests::load({path(".")}, builtin, secrets, {.reveal_secrets = false});
  const Catalog catalog(loaded.manifests);
  const Value& cloud = catalog.find("OpenStackProject", "cloud")->spec;
  CHECK(cloud.string_at("authUrl") == "https://auth.example.com/v3");
  CHECK(cloud.string_at("projectId") == "0a1b2c3d4e5f");
  CHECK(cloud.string_at("username") == "event-bot");
  CHECK(cloud.string_at("region") == "GRA3");
  const Value& dns = catalog.find("OvhAccount", "dns")->spec;
  CHECK(dns.string_at("endpoint") == "ovh-eu");
  for (const char* key : {"applicationKey", "applicationSecret", "consumerKey"}) CHECK(dns.at(key).is_hole());
  const Value& workshop = catalog.find("Workshop", "my-super-event")->spec;
  CHECK(workshop.string_at("dns.zone") == "example.com");
  CHECK(workshop.int_at("dns.ttl", -1) == 0);
  CHECK(workshop.string_at("image") == "my_super_image");
  CHECK(workshop.string_at("flavor") == "my_super_flavor");
  CHECK(workshop.string_at("network") == "Ext-Net");
  CHECK(workshop.string_at("login.user") == "superevent");
  CHECK(workshop.int_at("readiness.timeLimit") == 300);
  CHECK(workshop.int_at("hosts", -1) == 0);
}

TEST_CASE("no byte of a secret is in anything that is shown or written; its place and its variable are") {
  for (const std::string& sample : {early, plugins}) {
    const Import import = import_of(sample);
    CHECK_FALSE(contains(all_text(import), "fake"));
    REQUIRE(import.secrets.size() == 5);
    std::set<std::string> variables;
    std::vector<std::string> lines;
    std::istringstream in(sample);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    for (const SecretToSet& secret : import.secrets) {
      variables.insert(secret.variable);
      CHECK(contains(lines.at(static_cast<std::size_t>(secret.where.line - 1)), "fake"));
    }
    CHECK(variables == std::set<std::string>{"OS_PASSWORD", "OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET",
                                             "OVH_CONSUMER_KEY", "WORKSHOP_PASSWORD"});
  }
}

TEST_CASE("no mistake makes a secret show, be it YAML's own words, a wrong key or a wrong shape") {
  for (const char* broken :
       {"password: *fakefake", "password: !fakefake x", "password: @fakefake", "password: %fakefake",
        "password: \"fakefake", "password: 'fake'fake", "password: [fakefake]", "pasword: fakefake",
        "password: {fake: fakefake}", "password: fake: fake", "password: `fakefake`", "- fakefake", "password fakefake",
        "password: |fakefake", "password:\tfakefake"}) {
    const std::string text = with(early, "password: fake-workshop-password", broken);
    const Import import = import_of(text);
    INFO(broken << "\n" << print(import.diagnostics));
    CHECK_FALSE(contains(all_text(import), "fakefake"));
    const bool told = !import.diagnostics.empty() || std::string(broken) == "password:\tfakefake";
    CHECK(told);
  }
}

TEST_CASE("every mistake is told at once, with its place and the way out") {
  for (const auto& entry : fs::directory_iterator(samples / "broken")) {
    if (entry.path().extension() != ".yaml") continue;
    const fs::path golden = fs::path(entry.path()).replace_extension(".expected");
    const Import import = import_of(read(entry.path()));
    const std::string text = print(import.diagnostics);
    if (std::getenv("MUSTER_ACCEPT") != nullptr) std::ofstream(golden) << text;
    INFO(entry.path().string() << ": MUSTER_ACCEPT=1 takes the new text as the right one");
    CHECK(text == read(golden));
    CHECK(has_errors(import.diagnostics));
    CHECK(import.files.empty());
  }
}

TEST_CASE("a key that Install Party does not know is a warning: it did no harm there") {
  const std::string text = with(plugins, "general:\n", "general:\n  colour: blue\n");
  const Import import = import_of(text);
  CHECK(print(import.diagnostics) ==
        "config.yaml:3:3: warning: general.colour is not a key of Install Party\n  it is left out\n");
  CHECK(import.files.size() == 5);
}

TEST_CASE("Keystone's address is that of version 3, whatever stood there") {
  for (const char* url : {"https://auth.example.com/v2.0/", "https://auth.example.com/v2.0", "https://auth.example.com",
                          "https://auth.example.com/v3", "https://auth.example.com/v3/"}) {
    const Import import = import_of(with(early, "https://auth.example.com/v2.0/", url));
    REQUIRE(import.files.size() == 5);
    CHECK(contains(import.files[1].text, "authUrl: 'https://auth.example.com/v3'\n"));
  }
}

TEST_CASE("the web client is Riot up to 1.7.14 and Element from then on; a version needs its checksum") {
  const auto workshop = [](const std::string& version) {
    return import_of(with(early, "riot_version: v1.4.2", "riot_version: " + version)).files.at(4).text;
  };
  CHECK(contains(workshop("v1.7.14"), "# Install Party installed Riot v1.7.14."));
  CHECK(contains(workshop("v1.7.15"), "# Install Party installed Element v1.7.15."));
  CHECK(contains(workshop("v1.11.100"), "\n  element:\n    version: v1.11.100\n"));
}

TEST_CASE("texts of the configuration stay texts in the manifests, whatever they hold") {
  const Import import = import_of(with(early, "tenant_id: 0a1b2c3d4e5f", "tenant_id: \"it's: {a} # 'b'\""));
  REQUIRE(import.files.size() == 5);
  CHECK(contains(import.files[1].text, "projectId: 'it''s: {a} # ''b'''"));
}

TEST_CASE_METHOD(LoadFixture, "the configuration may stay beside the manifests, and Git is told to ignore it") {
  const Registry builtin = builtin_registry();
  const Import import = import_install_party("config.yaml", early, {uid, "v1.11.100", "{}", "/config.yaml"});
  for (const StarterFile& file : import.files) write(file.path, file.text);
  write("config.yaml", early);
  CHECK(contains(read(path(".gitignore")), "\n/config.yaml\n"));
  const Load loaded = manifests::load({path(".")}, builtin, secrets, {.reveal_secrets = false});
  CHECK(loaded.ok());
  REQUIRE(loaded.diagnostics.size() == 1);
  CHECK(contains(loaded.diagnostics[0].message, "Install Party's configuration is no manifest"));
}

}  // namespace
}  // namespace muster::manifests
