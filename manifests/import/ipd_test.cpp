#include "manifests/import/ipd.h"

#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::manifests {
namespace {

using muster::test::contains;

const IpdImportOptions options_of_deploy{
    "https://deploy.example.com/deploy", {}, "IPD_TOKEN", "0123456789abcdef0123456789abcdef"};

std::string text_of(const std::vector<StarterFile>& files, const std::string& path) {
  for (const StarterFile& file : files)
    if (file.path == path) return file.text;
  return "no " + path;
}

}  // namespace

TEST_CASE("a server is called as its host is") {
  CHECK(ipd_server_name("https://Deploy-1.example.com:8443/deploy") == "deploy-1");
  CHECK(ipd_server_name("http://192.0.2.7:9955/deploy") == "ipd");
  CHECK(ipd_server_name("http://[2001:db8::1]/deploy") == "ipd");
  CHECK(ipd_server_name("http://localhost/deploy") == "ipd");
}

TEST_CASE("each project is a directory, with what runs there and where its files have to be put") {
  const auto files =
      import_ipd({{"My_App", "1.4", "usual", "docker-images.tar.bz2", "aa", "bb"}, {"my.app", "", "", "../x", "", ""}},
                 options_of_deploy);
  REQUIRE(files.size() == 4);
  CHECK(contains(text_of(files, "server-deploy.yaml"), "  token: {env: IPD_TOKEN}\n"));
  const std::string first = text_of(files, "my-app/deployment.yaml");
  CHECK(contains(first, "  project: \"My_App\"\n  version: \"1.4\"\n"));
  CHECK(contains(first, "  image: \"docker-images.tar.bz2\"  # what runs has the SHA-256 aa\n"));
  CHECK(contains(first, "  exitCodes: usual\n"));
  const std::string second = text_of(files, "my-app-2/deployment.yaml");
  CHECK(contains(second, "  project: \"my.app\"\n  # Put"));
  CHECK(contains(second, "  image: image.tar.gz\n  package: package.tar\n"));
}

TEST_CASE("a version that no manifest may hold is left out, and one that looks like something else is quoted") {
  const auto files =
      import_ipd({{"null", "1\n2", "", "", "", ""}, {"b", "1.10", "", "", "", ""}, {"c", "x\"y", "", "", "", ""}},
                 {"http://192.0.2.7/deploy", "/etc/ca.pem", "IPD_TOKEN", ""});
  CHECK_FALSE(contains(text_of(files, "null/deployment.yaml"), "version"));
  CHECK(contains(text_of(files, "null/deployment.yaml"), "  name: \"null\"\n"));
  CHECK(contains(text_of(files, "b/deployment.yaml"), "version: \"1.10\"\n"));
  CHECK(contains(text_of(files, "c/deployment.yaml"), "version: \"x\\\"y\"\n"));
  CHECK(contains(text_of(files, "server-ipd.yaml"), "  caFile: \"/etc/ca.pem\"\n"));
  CHECK(text_of(files, "fleet.yaml") == "no fleet.yaml");
}

}  // namespace muster::manifests
