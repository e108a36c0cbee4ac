#include "resources/workshop/releases.h"

#include "resources/workshop/fixture_for_test.h"
#include "tests/support/catch.h"

namespace muster::workshop {
namespace {

const std::string some_sha256(64, 'a');

Download element_of(const Map& element, std::vector<Diagnostic>& diagnostics) {
  return download_of(element_program(), sample_workshop({{"element", element}}), diagnostics);
}

TEST_CASE("the default versions come with their address and checksum") {
  std::vector<Diagnostic> diagnostics;
  const Download element = element_of({}, diagnostics);
  CHECK(element.url ==
        "https://github.com/element-hq/element-web/releases/download/v1.11.100/element-v1.11.100.tar.gz");
  CHECK(element.checksum.size() == 64);
  const Download caddy = download_of(caddy_program(), sample_workshop(), diagnostics);
  CHECK(caddy.url == "https://github.com/caddyserver/caddy/releases/download/v2.10.2/caddy_2.10.2_linux_amd64.tar.gz");
  CHECK(caddy.checksum.size() == 128);
  CHECK(diagnostics.empty());
}

// IP-8
TEST_CASE("versions from the time when Element was Riot have archives of that name") {
  std::vector<Diagnostic> diagnostics;
  const auto url_of = [&](const char* version) {
    return element_of({{"version", version}, {"sha256", some_sha256}}, diagnostics).url;
  };
  CHECK(url_of("v1.4.2") == "https://github.com/element-hq/element-web/releases/download/v1.4.2/riot-v1.4.2.tar.gz");
  CHECK(url_of("v1.7.14") == "https://github.com/element-hq/element-web/releases/download/v1.7.14/riot-v1.7.14.tar.gz");
  CHECK(url_of("v1.7.15") ==
        "https://github.com/element-hq/element-web/releases/download/v1.7.15/element-v1.7.15.tar.gz");
  CHECK(url_of("v1.12.0") ==
        "https://github.com/element-hq/element-web/releases/download/v1.12.0/element-v1.12.0.tar.gz");
  CHECK(diagnostics.empty());
}

TEST_CASE("a mirror's address is taken as it is, with the version filled in") {
  std::vector<Diagnostic> diagnostics;
  const Map mirror{
      {"version", "v1.4.2"}, {"url", "http://mirror.lan/{version}/x-{version}.tgz"}, {"sha256", some_sha256}};
  CHECK(element_of(mirror, diagnostics).url == "http://mirror.lan/v1.4.2/x-v1.4.2.tgz");
}

TEST_CASE("another version or address without a checksum is refused") {
  const Map element = GENERATE(Map{{"version", "v1.11.99"}}, Map{{"url", "http://mirror.lan/{version}.tgz"}});
  std::vector<Diagnostic> diagnostics;
  element_of(element, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message.find("spec.element has no checksum for http") == 0);
  CHECK(diagnostics[0].hint == "download the file once, and write the output of sha256sum as spec.element.sha256");
  CHECK(diagnostics[0].where.line == 8);
}

TEST_CASE("either kind of checksum will do, both are refused") {
  std::vector<Diagnostic> diagnostics;
  const std::string sha512(128, 'b');
  CHECK(element_of({{"version", "v1.11.99"}, {"sha512", sha512}}, diagnostics).checksum == sha512);
  CHECK(diagnostics.empty());
  element_of({{"sha256", some_sha256}, {"sha512", sha512}}, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "spec.element has two checksums");
}

}  // namespace
}  // namespace muster::workshop
