#include "resources/guest/probe.h"

#include <fmt/format.h>

#include "resources/guest/fixture_for_test.h"
#include "resources/net/loopback_server_for_test.h"
#include "tests/support/catch.h"

namespace muster::guest {
namespace {

using net::LoopbackServer;

Finding look(Probe::Type type, int port, const Route& route = {}) {
  Probe probe;
  probe.type = type;
  probe.host = "127.0.0.1";
  probe.port = port;
  return Prober(route).look(probe, {});
}

Finding look_at(const std::string& url) {
  Probe probe;
  probe.type = Probe::Type::http;
  probe.url = url;
  return Prober({}).look(probe, {});
}

TEST_CASE("an SSH server is known by what it says first") {
  const GreetingPort server("SSH-2.0-OpenSSH_9.2p1\r\n");
  const Finding finding = look(Probe::Type::ssh, server.port());
  CHECK(finding.passed);
  CHECK(finding.evidence == "SSH-2.0-OpenSSH_9.2p1");
}

TEST_CASE("lines before an SSH server's identification are skipped") {
  const GreetingPort server("Welcome to the workshop\r\nBe kind\r\nSSH-2.0-dropbear\r\n");
  CHECK(look(Probe::Type::ssh, server.port()).evidence == "SSH-2.0-dropbear");
}

TEST_CASE("a port that says something else is no SSH server") {
  const GreetingPort talker("220 mail.example.com ESMTP\r\n");
  const Finding finding = look(Probe::Type::ssh, talker.port());
  CHECK_FALSE(finding.passed);
  CHECK(finding.evidence == fmt::format("127.0.0.1 port {}: what greets is no SSH server", talker.port()));

  const GreetingPort silent("");
  CHECK(look(Probe::Type::ssh, silent.port()).evidence ==
        fmt::format("127.0.0.1 port {}: connected, but no SSH server greets", silent.port()));
}

TEST_CASE("a port that accepts is enough for tcp") {
  const GreetingPort server("");
  CHECK(look(Probe::Type::tcp, server.port()).passed);
}

TEST_CASE("a closed port is refused in plain words") {
  const int port = net::closed_port();
  for (const auto type : {Probe::Type::ssh, Probe::Type::tcp}) {
    const Finding finding = look(type, port);
    CHECK_FALSE(finding.passed);
    CHECK(finding.evidence == fmt::format("127.0.0.1 port {}: connection refused", port));
  }
}

TEST_CASE("a proxy that is not there is not taken for the guest") {
  const GreetingPort server("SSH-2.0-x\r\n");
  const std::string proxy = fmt::format("socks5h://127.0.0.1:{}", net::closed_port());
  const Finding finding = look(Probe::Type::ssh, server.port(), {proxy, ""});
  CHECK_FALSE(finding.passed);
  CHECK(finding.evidence == fmt::format("the guest proxy {} (MUSTER_GUEST_PROXY): connection refused", proxy));
}

TEST_CASE("a page passes when it is there or leads elsewhere") {
  const int status = GENERATE(200, 204, 308);
  LoopbackServer server([&](const auto&) { return LoopbackServer::Reply{net::answer_bytes(status, "")}; });
  const Finding finding = look_at(server.url());
  CHECK(finding.passed);
  CHECK(finding.evidence == fmt::format("{} answers {}", server.url(), status));
}

TEST_CASE("a page that is missing or broken does not pass") {
  const int status = GENERATE(404, 502);
  LoopbackServer server([&](const auto&) { return LoopbackServer::Reply{net::answer_bytes(status, "")}; });
  CHECK_FALSE(look_at(server.url()).passed);
}

TEST_CASE("a server that hangs up does not pass and is no failure of ours") {
  LoopbackServer server([](const auto&) { return LoopbackServer::Reply{"", LoopbackServer::Reply::Then::reset}; });
  const Finding finding = look_at(server.url());
  CHECK_FALSE(finding.passed);
  CHECK_FALSE(finding.evidence.empty());
}

}  // namespace
}  // namespace muster::guest
