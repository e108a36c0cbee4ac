#include "resources/workshop/workshop.h"

#include <algorithm>
#include <regex>
#include <set>
#include <utility>

#include "resources/contract/registry.h"
#include "resources/contract/user_data.h"
#include "resources/workshop/boot.h"
#include "resources/workshop/fixture_for_test.h"
#include "resources/workshop/register.h"
#include "tests/support/catch.h"

namespace muster::workshop {
namespace {

Expansion expanded(const Manifest& manifest) { return Workshop().expand(manifest, Catalog({manifest})); }

std::vector<std::string> ids_of(const Expansion& expansion) {
  std::vector<std::string> ids;
  for (const Resource& resource : expansion.resources) ids.push_back(resource.id.to_string());
  return ids;
}

const Resource& find(const Expansion& expansion, const std::string& id) {
  for (const Resource& resource : expansion.resources) {
    if (resource.id.to_string() == id) return resource;
  }
  FAIL("there is no " + id);
  throw std::logic_error(id);
}

/// The only diagnostic of a workshop with these changes, as "line: message".
std::string complaint(const Map& changes) {
  const Expansion expansion = expanded(sample_workshop(changes));
  REQUIRE(expansion.diagnostics.size() == 1);
  CHECK_FALSE(expansion.diagnostics[0].hint.empty());
  if (expansion.diagnostics[0].severity == Severity::error) CHECK(expansion.resources.empty());
  return std::to_string(expansion.diagnostics[0].where.line) + ": " + expansion.diagnostics[0].message;
}

// IP-1, IP-14: a namespace with dashes, as the old tool's own sample has.
TEST_CASE("each host is a server, a name and a check; the workshop has one scope") {
  const Expansion expansion = expanded(sample_workshop());
  CHECK(expansion.diagnostics.empty());
  CHECK(ids_of(expansion) ==
        std::vector<std::string>{"ovh.scope:example.com/my-super-event", "openstack.server:my-super-event/alpha",
                                 "ovh.rrset:example.com/alpha.my-super-event/A", "guest.check:my-super-event/alpha/ssh",
                                 "openstack.server:my-super-event/beta", "ovh.rrset:example.com/beta.my-super-event/A",
                                 "guest.check:my-super-event/beta/ssh"});
  for (const Resource& resource : expansion.resources) CHECK(resource.group == "Workshop/my-super-event");

  const Resource& server = find(expansion, "openstack.server:my-super-event/alpha");
  CHECK(server.connection.candidates == std::vector<std::string>{"OpenStackProject/cloud"});
  CHECK(server.wanted.string_at("name") == "my-super-event-alpha");
  CHECK(server.wanted.string_at("image") == "Debian 12");
  CHECK(server.wanted.string_at("flavor") == "s1-2");
  CHECK(server.wanted.string_at("network") == "Ext-Net");
  CHECK(server.wanted.at("key_pair").is_null());
  CHECK(server.origin.line == 10);

  const Resource& rrset = find(expansion, "ovh.rrset:example.com/alpha.my-super-event/A");
  CHECK(rrset.connection.candidates == std::vector<std::string>{"OvhAccount/ovh"});
  CHECK(rrset.wanted == Value(Map{{"name", "alpha.my-super-event"},
                                  {"targets", List{Hole(Ref{server.id, "ipv4"})}},
                                  {"ttl", 60},
                                  {"type", "A"},
                                  {"zone", "example.com"}}));
  CHECK(rrset.needs == std::vector<ResourceId>{{"ovh.scope", "example.com/my-super-event"}});

  const Resource& check = find(expansion, "guest.check:my-super-event/alpha/ssh");
  CHECK(check.connection == ConnectionChoice{});
  CHECK(check.wanted == Value(Map{{"host", Hole(Ref{server.id, "ipv4"})},
                                  {"incarnation", Hole(Ref{server.id, "incarnation"})},
                                  {"port", 22},
                                  {"type", "ssh"}}));
}

TEST_CASE("the namespace is the manifest's name unless it is given") {
  const Expansion expansion = expanded(sample_workshop({{"namespace", "spring-25"}, {"hosts", List{"alpha"}}}));
  CHECK(ids_of(expansion)[1] == "openstack.server:spring-25/alpha");
  CHECK(expansion.resources[1].group == "Workshop/my-super-event");
}

TEST_CASE("ipv6 is published as AAAA, alone or beside A") {
  const Expansion both = expanded(sample_workshop({{"addresses", List{"ipv4", "ipv6"}}, {"hosts", List{"alpha"}}}));
  const Resource& aaaa = find(both, "ovh.rrset:example.com/alpha.my-super-event/AAAA");
  CHECK(aaaa.wanted.at("targets").as_list()[0] ==
        Value(Hole(Ref{{"openstack.server", "my-super-event/alpha"}, "ipv6"})));
  find(both, "ovh.rrset:example.com/alpha.my-super-event/A");

  const Expansion ipv6 = expanded(sample_workshop({{"addresses", List{"ipv6"}}, {"hosts", List{"alpha"}}}));
  CHECK(ids_of(ipv6).size() == 4);
  const Resource& check = find(ipv6, "guest.check:my-super-event/alpha/ssh");
  CHECK(refs_in(check.wanted)[0].attribute == "ipv6");
}

TEST_CASE("a check by name waits for the name, with the time limit of the manifest") {
  const Map readiness{{"checks", List{"https", "http", "tcp:8448"}}, {"timeLimit", 1200}};
  const Expansion expansion = expanded(sample_workshop({{"readiness", readiness}, {"hosts", List{"alpha"}}}));
  const Resource& https = find(expansion, "guest.check:my-super-event/alpha/https");
  CHECK(https.wanted.string_at("url") == "https://alpha.my-super-event.example.com/");
  CHECK(https.wanted.at("verify_tls").is_null());
  CHECK(https.needs == std::vector<ResourceId>{{"ovh.rrset", "example.com/alpha.my-super-event/A"}});
  CHECK(https.deadline == std::chrono::seconds(1200));
  CHECK(find(expansion, "guest.check:my-super-event/alpha/http").wanted.int_at("port") == 80);
  const Resource& tcp = find(expansion, "guest.check:my-super-event/alpha/tcp-8448");
  CHECK(tcp.wanted.int_at("port") == 8448);
  CHECK(tcp.needs.empty());
}

TEST_CASE("certificates that hosts sign themselves are not verified") {
  const Expansion expansion = expanded(sample_workshop({{"readiness", List{"https"}}, {"tls", "internal"}}));
  CHECK(find(expansion, "guest.check:my-super-event/alpha/https").wanted.at("verify_tls") == Value(false));
}

TEST_CASE("certificates of another authority are not verified: who looks does not know it") {
  const auto verify = [](const Map& acme) {
    const Expansion expansion = expanded(sample_workshop({{"readiness", List{"https"}}, {"tls", Map{{"acme", acme}}}}));
    return find(expansion, "guest.check:my-super-event/alpha/https").wanted.at("verify_tls");
  };
  CHECK(verify({{"ca", "https://acme-staging-v02.api.letsencrypt.org/directory"}}) == Value(false));
  CHECK(verify({{"ca", "https://ca.example.com/acme/directory"}}) == Value(false));
  CHECK(verify({{"ca", "https://acme-v02.api.letsencrypt.org/directory"}}).is_null());
  CHECK(verify({{"email", "organisers@example.com"}}).is_null());
}

TEST_CASE("lifecycle and expiry reach the resources") {
  const Map lifecycle{{"protect", true}, {"replace", "first-boot-only"}, {"onFailed", "report"}};
  const Expansion expansion =
      expanded(sample_workshop({{"lifecycle", lifecycle}, {"expires", std::int64_t{1'900'000'000}}, {"grace", 0}}));
  const Resource& server = find(expansion, "openstack.server:my-super-event/alpha");
  CHECK(server.lifecycle.protect == Protection::on);
  CHECK(server.lifecycle.replace == ReplacePolicy::first_boot_only);
  CHECK(server.lifecycle.on_failed == OnFailed::report);
  for (const Resource& resource : expansion.resources) {
    // Only a server's stamp can tell that it is protected.
    CHECK((resource.lifecycle.protect == Protection::on) == (resource.id.kind == "openstack.server"));
    CHECK(resource.lifecycle.until == Time(std::chrono::seconds(1'900'000'000)));
  }
  CHECK_FALSE(server.lifecycle.from);
  CHECK(find(expanded(sample_workshop()), "openstack.server:my-super-event/alpha").lifecycle == Lifecycle{});
}

TEST_CASE("hosts appear before the beginning and go after the end and a grace") {
  constexpr std::int64_t begin = 1'900'000'000;
  constexpr std::int64_t end = begin + 8 * 3'600;
  const Map dates{{"from", begin}, {"lead", 1'800}, {"expires", end}, {"extend", 7'200}, {"grace", 600}};
  for (const Resource& resource : expanded(sample_workshop(dates)).resources) {
    CHECK(resource.lifecycle.from == Time(std::chrono::seconds(begin - 1'800)));
    CHECK(resource.lifecycle.until == Time(std::chrono::seconds(end + 7'200 + 600)));
  }
  CHECK(complaint({{"from", end}, {"expires", begin}}).ends_with(": the workshop ends before it begins"));
  CHECK(complaint({{"extend", 7'200}}).ends_with(": there is no end that could be extended"));
}

TEST_CASE("the same manifest always expands to the same resources") {
  const Manifest manifest = sample_workshop({{"hosts", 3}});
  const Expansion one = expanded(manifest);
  const Expansion two = expanded(manifest);
  REQUIRE(ids_of(one) == ids_of(two));
  for (std::size_t at = 0; at < one.resources.size(); ++at) {
    CHECK(digest(one.resources[at].wanted) == digest(two.resources[at].wanted));
  }
}

TEST_CASE("each mistake is named at its place") {
  CHECK(complaint({{"hosts", List{"alpha", "alpha"}}}) == "11: the host alpha is listed twice");
  CHECK(complaint({{"hosts", Map{}}}) == "9: spec.hosts has neither a count nor names, so there is no host");
  CHECK(complaint({{"dns", Map{{"account", "ovh"}, {"zone", "example.com"}, {"ttl", 30}}}}) ==
        "7: spec.dns.ttl is 30; OVH refuses 1 to 59 seconds");
  CHECK(complaint({{"addresses", List{}}}) ==
        "4: spec.addresses names no address version, so no host would have a name");
  CHECK(complaint({{"readiness", List{"ssh", "tcp:0"}}}) == "18: \"tcp:0\" is no readiness check");
  CHECK(complaint({{"readiness", List{"tcp:65536"}}}) == "17: \"tcp:65536\" is no readiness check");
  CHECK(complaint({{"readiness", List{"ssh", "ssh"}}}) == "18: the readiness check ssh stands there twice");
  CHECK(complaint({{"login", Map{{"password", sample_password()}, {"user", "root"}}}}) ==
        "13: spec.login.user cannot be root: sshd refuses root's password");
  CHECK(complaint({{"postInstall", "#!/bin/sh\r\necho hello\r\n"}}) ==
        "15: the post-install script has Windows line ends; a shell cannot run it");
  CHECK(complaint({{"namespace", "Bad_Name"}}) == "14: \"Bad_Name\" cannot be the namespace of a workshop");
  CHECK(complaint({{"login", Value()}}) ==
        "3: nobody can log in to these hosts: there is neither a login nor a key pair");
  CHECK(complaint({{"element", Map{{"version", "v1.0.0"}}}}).find("8: spec.element has no checksum for ") == 0);
}

TEST_CASE("a name too long for DNS is refused before anything is made") {
  const std::string label(63, 'a');
  const std::string zone = label + "." + label + "." + label.substr(0, 57) + ".org";
  CHECK(complaint({{"hosts", List{label}}, {"namespace", "n"}, {"dns", Map{{"account", "ovh"}, {"zone", zone}}}})
            .find("has 255 characters; DNS allows 253") != std::string::npos);
}

// A14: Nova takes 65,535 bytes of base64.
TEST_CASE("user data beyond what OpenStack takes is refused, once, at the script") {
  const std::string large = "#!/bin/sh\n" + std::string(most_user_data, '#') + "\n";
  CHECK(complaint({{"postInstall", large}}).find("15: the hosts' user data has at least ") == 0);
  const std::string small = "#!/bin/sh\n" + std::string(most_user_data / 2, '#') + "\n";
  CHECK(expanded(sample_workshop({{"postInstall", small}})).diagnostics.empty());
}

TEST_CASE("two workshops cannot share a namespace") {
  const std::vector<Manifest> manifests = {
      sample_workshop({}, "first"), sample_workshop({{"namespace", "first"}}, "second"), sample_workshop({}, "third")};
  const Catalog catalog(manifests);
  const Expansion first = Workshop().expand(manifests[0], catalog);
  REQUIRE(first.diagnostics.size() == 1);
  CHECK(first.diagnostics[0].message == "the namespace first is that of Workshop/second too");
  CHECK(Workshop().expand(manifests[1], catalog).diagnostics.size() == 1);
  CHECK(Workshop().expand(manifests[2], catalog).diagnostics.empty());
}

void check_documented(const std::vector<Field>& fields, const std::string& path) {
  for (const Field& field : fields) {
    INFO(path + "." + field.name);
    CHECK_FALSE(field.name.empty());
    CHECK(field.doc.size() > 15);
    CHECK((field.pattern.empty() || !field.pattern_hint.empty()));
    check_documented(field.fields, path + "." + field.name);
  }
}

TEST_CASE("two hosts cannot be one server, unless they are in two projects") {
  const Manifest shorter = sample_workshop({{"hosts", List{"six-ab", "other"}}}, "my");
  const auto complaints = [&](const Manifest& longer) {
    const std::vector<Manifest> both{shorter, longer};
    const Catalog catalog(both);
    CHECK(Workshop().expand(longer, catalog).diagnostics.empty());
    return Workshop().expand(shorter, catalog).diagnostics;
  };
  const auto told = complaints(sample_workshop({{"hosts", List{"ab"}}}, "my-six"));
  REQUIRE(told.size() == 1);
  CHECK(told[0].message ==
        "the host six-ab of namespace my and the host ab of namespace my-six would both be the "
        "server my-six-ab");
  CHECK(told[0].hint.starts_with("rename one of them; the other is of Workshop/my-six at event.yaml:"));
  CHECK(complaints(sample_workshop({{"hosts", List{"ba"}}}, "my-six")).empty());
  CHECK(complaints(sample_workshop({{"hosts", List{"ab"}}, {"project", "other"}}, "my-six")).empty());
}

TEST_CASE("every field is documented") {
  CHECK(workshop_schema().doc.size() > 100);
  check_documented(workshop_schema().fields, "spec");
}

TEST_CASE("addresses that could break out of a setting are no addresses") {
  const std::regex url(workshop_schema().find("element")->fields[1].pattern);
  CHECK(std::regex_match("https://mirror.example.com:8443/a/{version}/x?y=z&t=%20", url));
  CHECK(std::regex_match("file:///srv/element-{version}.tar.gz", url));
  for (const char* bad : {"https://a b", "https://a\nCADDY_URL=x", "https://a\"b", "https://a'b", "ftp://a",
                          "-o/etc/passwd", "https://", "https://a\\b", "https://a<b", "https://a`b`"}) {
    CAPTURE(bad);
    CHECK_FALSE(std::regex_match(bad, url));
  }
}

TEST_CASE("the defaults of the schema fit its patterns") {
  const Schema schema = workshop_schema();
  for (const char* program : {"element", "caddy"}) {
    for (const Field& field : schema.find(program)->fields) {
      if (!field.default_value.is_string()) continue;
      CAPTURE(program, field.name);
      CHECK(std::regex_match(field.default_value.as_string(), std::regex(field.pattern)));
    }
  }
}

TEST_CASE("the blueprint is registered as Workshop") {
  Registry registry;
  register_workshop(registry);
  CHECK(registry.blueprint("Workshop") != nullptr);
}

TEST_CASE("every field a resource wants tells where in the manifest it comes from") {
  const Workshop workshop;
  const Manifest manifest = sample_workshop({{"addresses", List{"ipv4", "ipv6"}},
                                             {"keyPair", "staff"},
                                             {"readiness", List{"ssh", "https"}},
                                             {"securityGroups", List{"web"}},
                                             {"tls", "internal"}});
  const std::set<std::string> follows_from_the_server{"incarnation"};
  const auto is_field = [&](const std::string& path) {
    if (path == "metadata.name") return true;
    const Field root{.type = Type::record, .fields = workshop.schema().fields};
    const Field* at = &root;
    for (std::size_t begin = 5; begin < path.size() && at;) {
      const std::size_t end = std::min(path.find('.', begin), path.size());
      const Field* parent = std::exchange(at, nullptr);
      for (const Field& field : parent->fields) {
        if (field.name == path.substr(begin, end - begin)) at = &field;
      }
      begin = end + 1;
    }
    return at != nullptr;
  };
  for (const Resource& resource : expanded(manifest).resources) {
    const FieldSources sources = workshop.sources(manifest, resource.id.kind);
    for (const auto& [field, value] : resource.wanted.as_map()) {
      INFO(resource.id.to_string() << " " << field);
      CHECK(sources.contains(field) != follows_from_the_server.contains(field));
    }
    for (const auto& [field, paths] : sources) {
      for (const std::string& path : paths) {
        INFO(path);
        CHECK(is_field(path));
      }
    }
  }
  CHECK(workshop.sources(manifest, "openstack.image").empty());
  CHECK(workshop.sources(manifest, "ovh.scope").at("scope") == std::vector<std::string>{"metadata.name"});
  CHECK(workshop.sources(sample_workshop({{"namespace", "party"}}), "ovh.scope").at("scope") ==
        std::vector<std::string>{"spec.namespace"});
}

}  // namespace
}  // namespace muster::workshop
