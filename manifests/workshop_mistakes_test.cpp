// One mistake in a Workshop hides no other: what would only show after mending is told at once.

#include <string>

#include "manifests/party_for_test.h"
#include "resources/builtin.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

/// Messages without their hints.
class WorkshopFixture : public LoadFixture {
 public:
  WorkshopFixture() {
    write("fleet.yaml",
          "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
          "spec: {uid: 0123456789abcdef0123456789abcdef}\n"
          "---\napiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: cloud}\n"
          "---\napiVersion: muster/v1\nkind: OvhAccount\nmetadata: {name: dns}\n");
  }

  std::string mistakes(const std::string& spec, const std::string& name = "event") {
    write_workshop("event.yaml", name, spec);
    const Load loaded = manifests::load({path(".")}, registry_, secrets, {.reveal_secrets = false});
    CHECK_FALSE(loaded.ok());
    std::string text;
    for (const Diagnostic& one : loaded.diagnostics) text += one.message + "\n";
    return text;
  }

  void write_workshop(const std::string& file, const std::string& name, const std::string& spec) const {
    write(file, "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: " + name +
                    "}\nspec:\n  project: cloud\n  image: Debian 12\n" +
                    (spec.find("  login:") == std::string::npos ? "  login: {password: {env: ANY}}\n" : "") + spec);
  }

 private:
  Registry registry_ = builtin_registry();
};

const std::string rest = "  flavor: d2-2\n  hosts: 1\n  dns: {account: dns, zone: example.com}\n";

TEST_CASE_METHOD(WorkshopFixture, "a bad name hides nothing of the spec, and nothing is said of what follows from it") {
  CHECK(mistakes("  flavor: d2-2\n  hosts: {count: 1, names: [a, a], retire: [abcde]}\n"
                 "  dns: {account: dns, zone: example.com, ttl: 30}\n  extend: 2h\n",
                 "My_Event") ==
        "metadata.name cannot be the text \"My_Event\"\n"
        "the host a is listed twice\n"
        "spec.dns.ttl is 30; OVH refuses 1 to 59 seconds\n"
        "there is no end that could be extended\n");
}

TEST_CASE_METHOD(WorkshopFixture, "a manifest whose name is taken is looked into as well") {
  write_workshop("a.yaml", "event", rest);
  CHECK(mistakes("  flavor: d2-2\n  hosts: [a, a]\n  dns: {account: dns, zone: example.com}\n") ==
        "Workshop/event exists twice\nthe host a is listed twice\n");
}

TEST_CASE_METHOD(WorkshopFixture, "a field that lacks hides nothing of its neighbours") {
  CHECK(mistakes("  flavor: d2-2\n  hosts: 1\n  dns: {account: dns, ttl: 30}\n") ==
        "spec.dns.zone is missing\nspec.dns.ttl is 30; OVH refuses 1 to 59 seconds\n");
}

TEST_CASE_METHOD(WorkshopFixture, "a namespace that is taken is told beside a field that is wrong") {
  write_workshop("a.yaml", "first", rest + "  namespace: event\n");
  CHECK(mistakes(rest + "  keyPair: [x]\n") ==
        "the namespace event is that of Workshop/event too\n"
        "the namespace event is that of Workshop/first too\n"
        "spec.keyPair must be a text, not a list\n");
}

TEST_CASE_METHOD(WorkshopFixture, "a namespace that is wrong is nobody's") {
  write_workshop("a.yaml", "first", rest + "  namespace: event\n");
  CHECK(mistakes(rest + "  namespace: No_Label\n") == "spec.namespace cannot be the text \"No_Label\"\n");
}

TEST_CASE_METHOD(WorkshopFixture, "a required field with a typing error is one mistake") {
  CHECK(mistakes("  flavour: d2-2\n  hosts: 1\n  dns: {acount: dns, zone: example.com}\n") ==
        "spec has no field \"flavour\"\nspec.dns has no field \"acount\"\n");
}

TEST_CASE_METHOD(WorkshopFixture, "what is warned of shows beside a mistake, as far as it does not follow from it") {
  const std::string no_login = "nobody can log in to these hosts: there is neither a login nor a key pair\n";
  const std::string spec = "  hosts: 1\n  dns: {account: dns, zone: example.com}\n  login: null\n";
  CHECK(mistakes(spec + "  flavour: d2-2\n") == no_login + "spec has no field \"flavour\"\n");
  CHECK(mistakes(spec + "  flavor: d2-2\n  keyPiar: x\n") == "spec has no field \"keyPiar\"\n");
}

TEST_CASE_METHOD(WorkshopFixture, "an end that is wrong or misspelt is no end that lacks") {
  CHECK(mistakes(rest + "  extend: 2h\n  expires: tomorrow\n").find("no end") == std::string::npos);
  CHECK(mistakes(rest + "  extend: 2h\n  expire: 2026-01-01T00:00:00Z\n") == "spec has no field \"expire\"\n");
}

TEST_CASE_METHOD(WorkshopFixture, "a script that is too large is told beside another mistake") {
  write("large.sh", "#!/bin/sh\n" + std::string(70'000, '#') + "\n");
  const std::string text = mistakes("  hosts: 1\n  dns: {account: dns, zone: example.com}\n  postInstall: large.sh\n");
  CHECK(text.find("spec.flavor is missing\nthe hosts' user data has at least ") == 0);
}

}  // namespace
}  // namespace muster::manifests
