#include "sandbox/guest.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "sandbox/sandbox.h"
#include "tests/support/catch.h"

using namespace muster::sandbox;
using std::chrono::milliseconds;

namespace {

/// One booted server "web" with both kinds of address, one that boots, and names for them.
struct Guests {
  explicit Guests(GuestOptions options = {})
      : reach(
            world, options,
            [this](const std::string& name) -> std::optional<std::vector<std::string>> {
              const std::lock_guard lock(mutex);
              const auto found = names.find(name);
              return found == names.end() ? std::nullopt : std::optional(found->second);
            },
            [](const std::string& address) -> std::optional<GuestState> {
              if (address == "203.0.113.7" || address == "2001:db8::7")
                return GuestState{"id-7", "web", true, milliseconds(500)};
              if (address == "203.0.113.8") return GuestState{"id-8", "booting", true, milliseconds(499)};
              if (address == "203.0.113.9") return GuestState{"id-9", "building", false, milliseconds(0)};
              return std::nullopt;
            }),
        network(world, reach, options.port) {
    network.start();
  }
  int port() const { return std::stoi(network.proxy_url().substr(network.proxy_url().rfind(':') + 1)); }

  World world{{}, 1, {}};
  std::mutex mutex;
  std::map<std::string, std::vector<std::string>> names{{"web.example.com", {"203.0.113.7", "2001:db8:0::7"}},
                                                        {"six.example.com", {"2001:db8::7"}},
                                                        {"slow.example.com", {"203.0.113.8"}},
                                                        {"empty.example.com", {}}};
  GuestReach reach;
  GuestNetwork network;
};

struct Fetched {
  CURLcode code = CURLE_OK;
  long status = 0;
  long proxy_reply = 0;
  std::string text;
  std::string location;
};

std::size_t append(char* from, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(from, size * count);
  return size * count;
}

/// The way in: the proxy and the authority to trust.
struct Door {
  std::string proxy;
  std::string ca_file;
};

/// `connect_to` as CURLOPT_CONNECT_TO: HOST:PORT:OTHER-HOST:PORT.
Fetched fetch(const Door& door, const std::string& url, bool connect_only = false, const std::string& connect_to = {}) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> route(
      connect_to.empty() ? nullptr : curl_slist_append(nullptr, connect_to.c_str()), curl_slist_free_all);
  Fetched result;
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, door.proxy.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_NOPROXY, "");
  curl_easy_setopt(handle.get(), CURLOPT_CAINFO, door.ca_file.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &result.text);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, connect_only ? 1L : 0L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_TO, route.get());
  result.code = curl_easy_perform(handle.get());
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &result.status);
  curl_easy_getinfo(handle.get(), CURLINFO_PROXY_ERROR, &result.proxy_reply);
  const char* location = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) result.location = location;
  return result;
}

Fetched fetch(const Guests& guests, const std::string& url, bool connect_only = false,
              const std::string& connect_to = {}) {
  return fetch(Door{guests.network.proxy_url(), guests.network.ca_file()}, url, connect_only, connect_to);
}

/// A client that speaks raw bytes with the proxy.
class RawClient {
 public:
  explicit RawClient(int port) : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{20, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~RawClient() { close(descriptor_); }
  void send_bytes(const std::string& bytes) { send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// `size` bytes, fewer when the other side ends.
  std::string receive(std::size_t size) {
    std::string bytes(size, '\0');
    const ssize_t count = recv(descriptor_, bytes.data(), size, MSG_WAITALL);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

 private:
  int descriptor_;
};

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

}  // namespace

TEST_CASE("port 22 answers with an SSH identification") {
  Guests guests;
  RawClient client(guests.port());
  client.send_bytes(bytes({5, 1, 0}));
  CHECK(client.receive(2) == bytes({5, 0}));
  client.send_bytes(bytes({5, 1, 0, 1, 203, 0, 113, 7, 0, 22}));
  CHECK(client.receive(10) == bytes({5, 0, 0, 1, 0, 0, 0, 0, 0, 0}));
  const std::string identification = client.receive(40);
  CHECK(identification.substr(0, 8) == "SSH-2.0-");
  CHECK(identification.substr(38) == "\r\n");
}

TEST_CASE("https serves Element under a certificate for the name") {
  Guests guests;
  const Fetched page = fetch(guests, "https://web.example.com/");
  CHECK(page.code == CURLE_OK);
  CHECK(page.status == 200);
  CHECK(page.text.find("<title>Element</title>") != std::string::npos);
  const Fetched config = fetch(guests, "https://six.example.com/config.json");
  CHECK(nlohmann::json::parse(config.text)["default_server_config"]["m.homeserver"]["base_url"] ==
        "https://six.example.com:8448");
  CHECK(fetch(guests, "https://web.example.com/.well-known/matrix/server").status == 502);
  CHECK(fetch(guests, "https://web.example.com/nothing").status == 404);
}

TEST_CASE("no certificate exists for an address or for the name of another machine") {
  Guests guests;
  CHECK(fetch(guests, "https://203.0.113.7/").code == CURLE_SSL_CONNECT_ERROR);
  CHECK(fetch(guests, "https://slow.example.com/", false, "slow.example.com:443:web.example.com:443").code ==
        CURLE_SSL_CONNECT_ERROR);
}

TEST_CASE("port 80 redirects the site's names to https") {
  Guests guests;
  const Fetched answer = fetch(guests, "http://web.example.com/a?b=c");
  CHECK(answer.status == 308);
  CHECK(answer.location == "https://web.example.com/a?b=c");
  const Fetched bare = fetch(guests, "http://203.0.113.7/");
  CHECK(bare.status == 200);
  CHECK(bare.text.empty());
}

TEST_CASE("what cannot be reached says why") {
  Guests guests;
  const auto reply = [&](const std::string& url) { return fetch(guests, url, true).proxy_reply; };
  CHECK(reply("http://nowhere.example.com/") == CURLPX_REPLY_HOST_UNREACHABLE);
  CHECK(reply("http://empty.example.com/") == CURLPX_REPLY_HOST_UNREACHABLE);
  CHECK(reply("http://203.0.113.99/") == CURLPX_REPLY_HOST_UNREACHABLE);
  CHECK(reply("http://slow.example.com/") == CURLPX_REPLY_CONNECTION_REFUSED);
  CHECK(reply("http://203.0.113.9/") == CURLPX_REPLY_CONNECTION_REFUSED);
  CHECK(reply("http://web.example.com:8448/") == CURLPX_REPLY_CONNECTION_REFUSED);
  CHECK(fetch(guests, "http://[2001:db8::7]/").status == 200);
  const auto calls = guests.world.ledger.entries("guest");
  REQUIRE(calls.size() == 7);
  CHECK(calls[0].name == "nowhere.example.com:80");
  CHECK(nlohmann::json::parse(calls[0].details)["status"] == 504);
}

TEST_CASE("a name works from the moment it is published") {
  Guests guests;
  CHECK(fetch(guests, "https://new.example.com/").code != CURLE_OK);
  {
    const std::lock_guard lock(guests.mutex);
    guests.names["new.example.com"] = {"203.0.113.7"};
  }
  CHECK(fetch(guests, "https://new.example.com/").status == 200);
}

TEST_CASE("with all addresses open even an unknown one answers") {
  GuestOptions options;
  options.all_addresses = true;
  Guests guests(options);
  CHECK(fetch(guests, "http://198.51.100.1/").status == 200);
  CHECK(fetch(guests, "http://nowhere.example.com/").code != CURLE_OK);
}

TEST_CASE("the control service takes a guest down and up again") {
  Guests guests;
  HttpService control(guests.world, {.name = "control", .too_many = {}, .unrecorded = true});
  guests.reach.mount_control(control);
  control.start();
  httplib::Client client("127.0.0.1", control.port());
  CHECK(client.Post("/guests/203.0.113.7/down")->status == 204);
  CHECK(fetch(guests, "http://203.0.113.7/").proxy_reply == CURLPX_REPLY_HOST_UNREACHABLE);
  CHECK(fetch(guests, "http://web.example.com/").status == 308);  // by IPv6
  CHECK(client.Post("/guests/203.0.113.7/up")->status == 204);
  CHECK(fetch(guests, "http://203.0.113.7/").status == 200);
  CHECK(client.Post("/guests/web/down")->status == 400);
}

TEST_CASE("what SOCKS clients may not ask for is refused as the RFC says") {
  Guests guests;
  SECTION("only authentication") {
    RawClient client(guests.port());
    client.send_bytes(bytes({5, 1, 2}));
    CHECK(client.receive(2) == bytes({5, 255}));
  }
  SECTION("bind") {
    RawClient client(guests.port());
    client.send_bytes(bytes({5, 1, 0, 5, 2, 0, 1, 203, 0, 113, 7, 0, 22}));
    CHECK(client.receive(12).substr(2, 2) == bytes({5, 7}));
  }
  SECTION("an unknown kind of address") {
    RawClient client(guests.port());
    client.send_bytes(bytes({5, 1, 0, 5, 1, 0, 9}));
    CHECK(client.receive(12).substr(2, 2) == bytes({5, 8}));
  }
  SECTION("another version") {
    RawClient client(guests.port());
    client.send_bytes(bytes({4, 1, 0, 22, 203, 0, 113, 7, 0}));
    CHECK(client.receive(1).empty());
  }
}

TEST_CASE("a fault script reaches the guests") {
  Guests guests;
  guests.world.faults.load(
      {{"rules", {{{"service", "guest"}, {"path", "web"}, {"action", "drop-before"}, {"count", 1}}}}});
  CHECK(fetch(guests, "http://web.example.com/").code != CURLE_OK);
  CHECK(fetch(guests, "http://web.example.com/").status == 308);
}

TEST_CASE("the certificate file goes with the network, and a stop ends waiting clients") {
  std::string file;
  {
    Guests guests;
    file = guests.network.ca_file();
    CHECK(std::filesystem::exists(file));
    RawClient silent(guests.port());
    silent.send_bytes(bytes({5}));
    fetch(guests, "http://web.example.com/");
    const auto begin = std::chrono::steady_clock::now();
    guests.network.stop();
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  }
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("300 clients at once are all served") {
  Guests guests;
  std::atomic<int> greeted{0};
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawClient>(guests.port()));
    clients.back()->send_bytes(bytes({5, 1, 0, 5, 1, 0, 1, 203, 0, 113, 7, 0, 22}));
  }
  for (auto& client : clients) {
    if (client->receive(12 + 40).size() == 12 + 40) ++greeted;
    client.reset();
  }
  CHECK(greeted == 300);
}

TEST_CASE("the sandbox's environment leads from a published name to a page") {
  SandboxOptions options;
  options.zone = "workshop.example";
  options.guests.all_addresses = true;
  options.ovh.zone_rules.refresh_duration = milliseconds(0);
  const Sandbox sandbox(options);
  auto environment = sandbox.environment();
  CHECK(environment["OVH_ZONE"] == "workshop.example");
  CHECK(environment["OVH_ENDPOINT"] == sandbox.url("ovh") + "/1.0");
  httplib::Client control(sandbox.url("control"));
  const auto add = [&](const char* name, bool publish) {
    const nlohmann::json record = {{"zone", "workshop.example"},
                                   {"fieldType", "A"},
                                   {"subDomain", name},
                                   {"target", "198.51.100.1"},
                                   {"publish", publish}};
    return control.Post("/records", record.dump(), "application/json")->status;
  };
  const Door door{environment["MUSTER_GUEST_PROXY"], environment["MUSTER_GUEST_CA"]};
  CHECK(add("one", false) == 201);
  CHECK(fetch(door, "https://one.workshop.example/").code == CURLE_PROXY);
  CHECK(control.Get("/names/one.workshop.example")->status == 404);
  CHECK(add("two", true) == 201);
  CHECK(fetch(door, "https://one.workshop.example/").status == 200);
  CHECK(control.Get("/names/two.workshop.example")->body == R"({"addresses":["198.51.100.1"]})");
  CHECK(sandbox.ledger().counts("record").created == 0);
}
