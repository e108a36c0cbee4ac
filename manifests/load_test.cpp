#include "manifests/load.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "manifests/party_for_test.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

TEST_CASE_METHOD(LoadFixture, "a sound repository becomes a fleet, manifests and resources") {
  write_fleet();
  write("party.yaml", party("  hosts: {count: 2, names: [anna]}\n  ttl: 120\n"));
  const Load loaded = load();
  REQUIRE(loaded.diagnostics.empty());
  CHECK(loaded.fleet.name == "test");
  CHECK(loaded.fleet.uid == "0123456789abcdef0123456789abcdef");
  CHECK(loaded.fleet.guard.for_kind("test.host") == GuardLimit{5, 20});
  CHECK(loaded.files == 2);
  CHECK(loaded.documents == 3);
  REQUIRE(loaded.manifests.size() == 2);
  CHECK(loaded.manifests[0].key() == "Cloud/here");
  CHECK(loaded.manifests[1].key() == "Party/summer");
  REQUIRE(loaded.resources.size() == 3);
  CHECK(loaded.resources[0].id == ResourceId{"test.host", "anna"});
  CHECK(loaded.resources[0].wanted.int_at("ttl") == 120);
  CHECK(loaded.resources[0].origin.to_string() == path("party.yaml") + ":6:10");
  CHECK(loaded.resources[0].origin.manifest == "Party/summer");
  CHECK(loaded.resources[0].group == "Party/summer");
}

TEST_CASE_METHOD(LoadFixture, "every type of field is decoded, and defaults are filled in") {
  write_fleet();
  write("setup.sh", "#!/bin/sh\necho hello\n");
  write("party.yaml",
        party("  hosts: [anna]\n  version: 1.10\n  open: false\n  wait: 15m\n  expires: 2026-05-04T18:00:00+02:00\n"
              "  script: setup.sh\n  tags: [b, a, b]\n  notes: {no: yes, drink: 'null'}\n  login: {shell: bash}\n"));
  const Load loaded = load();
  REQUIRE(loaded.diagnostics.empty());
  const Value& spec = only_party(loaded).spec;
  CHECK(spec.string_at("version") == "1.10");
  CHECK(spec.at("open") == Value(false));
  CHECK(spec.int_at("wait") == 900);
  CHECK(spec.int_at("expires") == 1777910400);
  CHECK(spec.string_at("script") == "#!/bin/sh\necho hello\n");
  CHECK(spec.at("tags") == Value(List{"a", "b"}));
  CHECK(spec.at("notes") == Value(Map{{"no", "yes"}, {"drink", "null"}}));
  CHECK(spec.at("login") == Value(Map{{"user", "guest"}, {"shell", "bash"}}));
  CHECK(spec.int_at("ttl") == 60);
  CHECK(spec.string_at("tls") == "acme");
  CHECK(spec.int_at("web.port") == 443);
  CHECK(spec.at("pin").is_null());
}

TEST_CASE_METHOD(LoadFixture, "each path of a document has its place") {
  write_fleet();
  write("party.yaml", party("  hosts: [anna,\n    bert]\n  notes:\n    a: b\n"));
  const Load loaded = load();
  REQUIRE(loaded.ok());
  const Manifest& manifest = only_party(loaded);
  CHECK(manifest.where("metadata.name").to_string() == path("party.yaml") + ":3:18");
  CHECK(manifest.where("spec.hosts[1]").to_string() == path("party.yaml") + ":7:5");
  CHECK(manifest.where("spec.notes.a").to_string() == path("party.yaml") + ":9:8");
  CHECK(manifest.where("spec.ttl").to_string() == path("party.yaml") + ":5:3");
}

TEST_CASE_METHOD(LoadFixture, "defaults of the Fleet stand under each manifest's own words") {
  write("fleet.yaml",
        "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
        "spec:\n  uid: 01234567-89ab-cdef-0123-456789abcdef\n  defaults:\n"
        "    Party:\n      cloud: here\n      ttl: 300\n      wait: 1h\n      hosts: [zoe, yves]\n"
        "      login: {shell: fish, user: host}\n"
        "---\napiVersion: muster/v1\nkind: Cloud\nmetadata: {name: here}\n");
  write("party.yaml",
        "apiVersion: muster/v1\nkind: Party\nmetadata: {name: summer}\n"
        "spec:\n  ttl: 90\n  wait: ~\n  hosts: [anna]\n  login: {shell: bash}\n");
  const Load loaded = load();
  REQUIRE(loaded.diagnostics.empty());
  CHECK(loaded.fleet.uid == "0123456789abcdef0123456789abcdef");
  const Manifest& manifest = only_party(loaded);
  CHECK(manifest.spec.int_at("ttl") == 90);
  CHECK(manifest.spec.string_at("cloud") == "here");
  CHECK(manifest.spec.at("hosts") == Value(List{"anna"}));
  CHECK(manifest.spec.at("login") == Value(Map{{"user", "host"}, {"shell", "bash"}}));
  // An explicit null takes the Fleet's default away, and the schema's holds.
  CHECK(manifest.spec.int_at("wait") == 900);
  CHECK(manifest.where("spec.cloud").to_string() == path("fleet.yaml") + ":8:14");
  CHECK(manifest.where("spec.cloud").manifest == "Fleet/test");
  CHECK(manifest.written("spec.login.user").value().to_string() == path("fleet.yaml") + ":12:34");
  CHECK(manifest.written("spec.login.user").value().manifest == "Fleet/test");
  CHECK(manifest.written("spec.login.shell").value().to_string() == path("party.yaml") + ":8:18");
  CHECK(manifest.written("spec.login.shell").value().manifest == "Party/summer");
  CHECK_FALSE(manifest.written("spec.wait"));
  CHECK_FALSE(manifest.written("spec.tls"));
  CHECK_FALSE(manifest.written("spec.web.port"));
}

TEST_CASE_METHOD(LoadFixture, "a fault in the Fleet's defaults is reported once, where it stands") {
  write("fleet.yaml",
        "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
        "spec:\n  uid: 0123456789abcdef0123456789abcdef\n  defaults:\n    Party: {ttl: 5}\n"
        "---\napiVersion: muster/v1\nkind: Cloud\nmetadata: {name: here}\n");
  write("a.yaml", party("  hosts: [anna]\n"));
  write("b.yaml", "apiVersion: muster/v1\nkind: Party\nmetadata: {name: b}\nspec: {cloud: here, hosts: [bert]}\n");
  CHECK(problems() == "fleet.yaml:7:18: error: spec.ttl is 5, but must be at least 60 seconds\n");
}

TEST_CASE_METHOD(LoadFixture, "aliases stand for what they name") {
  write_fleet();
  write("party.yaml", party("  hosts: [anna]\n  version: &v 1.10\n  notes: {a: *v, b: *v}\n"));
  const Load loaded = load();
  REQUIRE(loaded.diagnostics.empty());
  CHECK(only_party(loaded).spec.at("notes") == Value(Map{{"a", "1.10"}, {"b", "1.10"}}));
}

TEST_CASE_METHOD(LoadFixture, "aliases of aliases end at the bound, not in memory") {
  write_fleet();
  std::string bomb = "  hosts: [anna]\n  tags:\n  - &a0 [x, x]\n";
  for (int level = 1; level <= 40; ++level) {
    const std::string below = "*a" + std::to_string(level - 1);
    bomb += "  - &a" + std::to_string(level) + " [" + below + ", " + below + "]\n";
  }
  write("party.yaml", party(bomb));
  LoadOptions options;
  options.limits.document_nodes = 100'000;
  const std::string text = problems(options);
  INFO(text.substr(0, 300));
  CHECK(text.find("party.yaml:23:5: error: with its aliases written out this has more than 100000 nodes") == 0);
}

TEST_CASE_METHOD(LoadFixture, "nesting without end is refused") {
  write_fleet();
  write("party.yaml", party("  hosts: " + std::string(150, '[') + std::string(150, ']') + "\n"));
  INFO(problems().substr(0, 300));
  CHECK(problems().find("party.yaml:6:108: error: the document nests deeper than 100 levels") == 0);
}

TEST_CASE_METHOD(LoadFixture, "each limit is a diagnostic") {
  write_fleet();
  write("large.yaml", party("  hosts: [anna]\n  version: " + std::string(2000, 'x') + "\n"));
  LoadOptions options;
  SECTION("the size of a manifest file") {
    options.limits.file_bytes = 1000;
    CHECK(problems(options).find("large.yaml: error: ") == 0);
  }
  SECTION("the number of files") {
    options.limits.files = 1;
    CHECK(problems(options).find("is one file too many: 1 are the limit") != std::string::npos);
  }
  SECTION("the number of nodes") {
    options.limits.document_nodes = 10;
    INFO(problems(options));
    CHECK(problems(options).find("large.yaml:5:3: error: the document has more than 10 nodes") != std::string::npos);
  }
  SECTION("the size of an included file") {
    write("party.yaml",
          "apiVersion: muster/v1\nkind: Party\nmetadata: {name: b}\n"
          "spec: {cloud: here, hosts: [bert], script: large.yaml}\n");
    options.limits.content_bytes = 1000;
    CHECK(problems(options).find("party.yaml:4:44: error: spec.script: the file ") == 0);
  }
}

TEST_CASE_METHOD(LoadFixture, "directories are read to the bottom, without hidden entries, each file once") {
  write_fleet();
  write("deep/er/party.yml", party("  hosts: [anna]\n"));
  write(".hidden/other.yaml", "not: read");
  write("deep/.swap.yaml", "not: read");
  write("deep/notes.txt", "not: read");
  std::filesystem::create_directory_symlink(path("deep"), path("deep/er/loop"));
  std::filesystem::create_symlink(path("deep/er/party.yml"), path("again.yaml"));
  const Load loaded = load();
  CHECK(print(loaded.diagnostics).empty());
  CHECK(loaded.files == 2);
  CHECK(loaded.resources.size() == 1);
}

TEST_CASE_METHOD(LoadFixture, "OpenStack's login files may stand beside manifests; secure.yaml alone is one") {
  write_fleet();
  write("clouds.yaml", "clouds: [\n");
  write("secure.yaml", "clouds: [\n");
  CHECK(load().ok());
  std::filesystem::remove(path("clouds.yaml"));
  CHECK_FALSE(load().ok());
}

TEST_CASE_METHOD(LoadFixture, "what cannot be read is reported, and the rest is loaded") {
  write_fleet();
  ::mkfifo(path("pipe.yaml").c_str(), 0600);
  std::filesystem::create_symlink("nowhere", path("broken.yaml"));
  const Load loaded = load();
  CHECK(problems().find("broken.yaml: error: ") == 0);
  CHECK(problems().find("\npipe.yaml: error: ") != std::string::npos);
  CHECK(problems().find("this file is no regular file") != std::string::npos);
  CHECK(loaded.manifests.size() == 1);

  const Load missing = manifests::load({path("no-such-directory")}, registry, secrets);
  CHECK(print(missing.diagnostics).find("does not exist") != std::string::npos);
  const Load typo = manifests::load({path("piep.yaml")}, registry, secrets);
  CHECK(print(typo.diagnostics).find("did you mean " + path("pipe.yaml") + "?") != std::string::npos);
}

TEST_CASE_METHOD(LoadFixture, "a file or directory that this user may not read is named, with its way out") {
  // Root may read everything.
  if (::geteuid() == 0) return;
  write_fleet();
  ::chmod(write("secret.yaml", "apiVersion: muster/v1\n").c_str(), 0);
  const std::string closed = std::filesystem::path(path("closed/x")).parent_path().string();
  ::chmod(closed.c_str(), 0);
  CHECK(problems() ==
        "closed: error: this path cannot be read: Permission denied\n  make it readable for this user\n"
        "secret.yaml: error: this file may not be read by this user\n  make it readable, or give a narrower path\n");
  ::chmod(closed.c_str(), 0700);
}

TEST_CASE_METHOD(LoadFixture, "a manifest that refers to a faulty one is not expanded, and the fault is told once") {
  write_fleet();
  write("cloud.yaml", "apiVersion: muster/v1\nkind: Cloud\nmetadata: {name: odd}\nspec: {ulr: x}\n");
  write("party.yaml", "apiVersion: muster/v1\nkind: Party\nmetadata: {name: b}\nspec: {cloud: odd, hosts: [bert]}\n");
  CHECK(problems() == "cloud.yaml:4:8: error: spec has no field \"ulr\"\n  did you mean \"url\"?\n");
  CHECK(load().resources.empty());
}

TEST_CASE_METHOD(LoadFixture, "guard limits of a kind fall back to the common ones") {
  write("fleet.yaml",
        "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
        "spec:\n  uid: 0123456789abcdef0123456789abcdef\n"
        "  guard: {count: 2, percent: 10, kinds: {test.host: {count: 50}}}\n");
  const Load loaded = load();
  REQUIRE(loaded.diagnostics.empty());
  CHECK(loaded.fleet.guard.for_kind("test.host") == GuardLimit{50, 10});
  CHECK(loaded.fleet.guard.for_kind("other.kind") == GuardLimit{2, 10});
}

TEST_CASE_METHOD(LoadFixture, "Windows line ends and a byte order mark change nothing") {
  write("fleet.yaml",
        "\xef\xbb\xbf"
        "apiVersion: muster/v1\r\nkind: Fleet\r\nmetadata: {name: test}\r\n"
        "spec: {uid: 0123456789abcdef0123456789abcdef}\r\n---\r\napiVersion: muster/v1\r\nkind: Cloud\r\n"
        "metadata:\r\n  name: here\r\nspec:\r\n  url: |\r\n    one\r\n    two\r\n");
  const Load loaded = load();
  CHECK(print(loaded.diagnostics).empty());
  REQUIRE(loaded.manifests.size() == 1);
  CHECK(loaded.manifests[0].spec.string_at("url") == "one\ntwo\n");
}

TEST_CASE_METHOD(LoadFixture, "equal files load into equal results, whatever the order of the paths") {
  write_fleet();
  write("a/party.yaml", party("  hosts: [anna]\n"));
  const Load one = manifests::load({path("fleet.yaml"), path("a/party.yaml")}, registry, secrets);
  const Load two = manifests::load({path("a"), path("fleet.yaml"), path("a/party.yaml")}, registry, secrets);
  CHECK(one.diagnostics == two.diagnostics);
  REQUIRE(one.resources.size() == 1);
  REQUIRE(two.resources.size() == 1);
  CHECK(one.resources[0].id == two.resources[0].id);
  CHECK(one.resources[0].origin == two.resources[0].origin);
}

}  // namespace
}  // namespace muster::manifests
