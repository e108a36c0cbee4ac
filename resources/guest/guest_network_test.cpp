#include <map>

#include "resources/guest/check.h"
#include "resources/guest/fixture_for_test.h"
#include "sandbox/guest.h"
#include "tests/support/catch.h"

// Checks through a proxy, as they reach guests behind a bastion: against the sandbox's guests.

namespace muster::guest {
namespace {

using std::chrono::milliseconds;

/// A guest that has booted and one that has not, behind the sandbox's proxy.
struct Guests {
  Guests()
      : reach(
            world, {},
            [](const std::string& name) -> std::optional<std::vector<std::string>> {
              if (name != "abcde.my-event.example.com") return std::nullopt;
              return std::vector<std::string>{"203.0.113.7", "2001:db8::7"};
            },
            [](const std::string& address) -> std::optional<sandbox::GuestState> {
              if (address == "203.0.113.8") return sandbox::GuestState{"id-8", "booting", true, milliseconds(0)};
              if (address != "203.0.113.7" && address != "2001:db8::7") return std::nullopt;
              return sandbox::GuestState{"id-7", "my-event-abcde", true, milliseconds(60'000)};
            }),
        network(world, reach, 0) {
    network.start();
    test.environment.values["MUSTER_GUEST_PROXY"] = network.proxy_url();
    test.environment.values["MUSTER_GUEST_CA"] = network.ca_file();
  }
  Observed look(const Resource& resource) { return driver.create(session, resource, Stamp{}, test.context); }

  sandbox::World world{{}, 1, {}};
  sandbox::GuestReach reach;
  sandbox::GuestNetwork network;
  TestContext test;
  GuestCheck driver;
  NoSession session;
};

Resource check_of_port(const std::string& type, const std::string& host, int port) {
  Resource resource = sample_check(type, port);
  resource.wanted.as_map()["host"] = host;
  return resource;
}

Resource check_of_page(const std::string& type, const std::string& name) {
  Resource resource = sample_check(type, 443);
  resource.wanted.as_map()["url"] = type + "://" + name + "/";
  return resource;
}

TEST_CASE("guests are reached through the proxy by either kind of address") {
  Guests guests;
  CHECK(guests.look(check_of_port("ssh", "203.0.113.7", 22)).evidence.substr(0, 8) == "SSH-2.0-");
  CHECK(guests.look(check_of_port("ssh", "2001:db8::7", 22)).condition == Condition::ready);
  CHECK(guests.look(check_of_port("tcp", "203.0.113.7", 443)).condition == Condition::ready);
}

TEST_CASE("pages are reached by name, https with the guests' own authority") {
  Guests guests;
  CHECK(guests.look(check_of_page("https", "abcde.my-event.example.com")).condition == Condition::ready);
  CHECK(guests.look(check_of_page("http", "abcde.my-event.example.com")).condition == Condition::ready);
}

TEST_CASE("a certificate of an unknown authority does not pass unless the manifest says so") {
  Guests guests;
  guests.test.environment.values.erase("MUSTER_GUEST_CA");
  Resource resource = check_of_page("https", "abcde.my-event.example.com");
  const Observed refused = guests.look(resource);
  CHECK(refused.condition == Condition::progressing);
  CHECK(refused.evidence.find("certificate") != std::string::npos);
  resource.wanted.as_map()["verify_tls"] = false;
  CHECK(guests.look(resource).condition == Condition::ready);
}

TEST_CASE("a guest that still boots, a closed port and a name that is not published say what they are") {
  Guests guests;
  CHECK(guests.look(check_of_port("ssh", "203.0.113.8", 22)).evidence == "203.0.113.8 port 22: connection refused");
  CHECK(guests.look(check_of_port("tcp", "203.0.113.7", 8448)).evidence == "203.0.113.7 port 8448: connection refused");
  CHECK(guests.look(check_of_port("tcp", "203.0.113.9", 22)).evidence == "203.0.113.9 port 22: host unreachable");
  CHECK(guests.look(check_of_page("https", "other.my-event.example.com")).condition == Condition::progressing);
}

}  // namespace
}  // namespace muster::guest
