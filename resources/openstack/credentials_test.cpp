#include "resources/openstack/credentials.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "resources/contract/error.h"
#include "resources/openstack/cloud_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::openstack {
namespace {

using muster::test::contains;

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "muster-credentials-").string() + std::string(6, 'X');
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
  fs::path path;
};

struct FakeSecrets : SecretReader {
  std::string read(const SecretOrigin& origin) override { return "bytes-of-" + origin.words.front(); }
};

Credentials resolve(Map spec, std::map<std::string, std::string> variables, Redactor* given = nullptr) {
  Manifest manifest;
  manifest.kind = "OpenStackProject";
  manifest.name = "cloud";
  manifest.spec = std::move(spec);
  manifest.origin = {"fleet/cloud.yaml", 1, 1, "OpenStackProject/cloud"};
  FakeSecrets secrets;
  Redactor own;
  return credentials_for(manifest, secrets, MapEnvironment(std::move(variables)), given == nullptr ? own : *given);
}

std::string refusal(Map spec, std::map<std::string, std::string> variables) {
  try {
    resolve(std::move(spec), std::move(variables));
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::invalid);
    return error.message() + " | " + error.hint();
  }
  FAIL("expected an error");
  return {};
}

Value secret(const char* variable) {
  Secret hole;
  hole.origin = {SecretOriginKind::env, {variable}};
  return Hole(hole);
}

const char* const clouds =
    "clouds:\n"
    "  lab:\n"
    "    auth: {auth_url: 'http://keystone:5000', username: demo, project_name: web}\n"
    "    region_name: GRA3\n"
    "    endpoint_type: internalURL\n"
    "    verify: false\n"
    "  other: {auth: {token: t}}\n";

TEST_CASE("logins are told apart by cloud, project, region and user, and no secret is in the text") {
  const std::map<std::string, std::string> variables{{"OS_AUTH_URL", "https://a.example/v3"},
                                                     {"OS_USERNAME", "anna"},
                                                     {"OS_PASSWORD", "not-a-real-password"},
                                                     {"OS_PROJECT_ID", "p1"},
                                                     {"OS_REGION_NAME", "R1"}};
  const std::string text = login_text(resolve({}, variables));
  CHECK_FALSE(contains(text, "not-a-real"));
  for (const char* name : {"OS_AUTH_URL", "OS_USERNAME", "OS_PROJECT_ID", "OS_REGION_NAME"}) {
    auto other = variables;
    other[name] += "x";
    CHECK(login_text(resolve({}, other)) != text);
  }
  auto other = variables;
  other["OS_PASSWORD"] = "not-a-real-one-either";
  CHECK(login_text(resolve({}, other)) == text);
  const std::map<std::string, std::string> by_token{{"OS_AUTH_URL", "https://a.example/v3"},
                                                    {"OS_TOKEN", "not-a-token"}};
  CHECK_FALSE(contains(login_text(resolve({}, by_token)), "not-a-token"));
}

TEST_CASE("an openrc file of today and one with tenants both work") {
  const Credentials today = resolve({}, {{"OS_AUTH_URL", "https://keystone/v3/"},
                                         {"OS_USERNAME", "u"},
                                         {"OS_PASSWORD", "not-a-secret"},
                                         {"OS_PROJECT_NAME", "p"},
                                         {"OS_USER_DOMAIN_NAME", "Default"},
                                         {"OS_REGION_NAME", "GRA11"}});
  CHECK(today.auth_url == "https://keystone/v3");
  CHECK(today.method == LoginMethod::password);
  CHECK(today.region == "GRA11");
  CHECK(today.source == "OS_* variables");
  const Credentials old = resolve({}, {{"OS_AUTH_URL", "https://keystone"},
                                       {"OS_USERNAME", "u"},
                                       {"OS_PASSWORD", "not-a-secret"},
                                       {"OS_TENANT_ID", "t"}});
  CHECK(old.auth_url == "https://keystone/v3");
  CHECK(old.project_id == "t");
}

TEST_CASE("an entry of clouds.yaml is merged with secure.yaml, and the manifest may name another region") {
  const Folder folder;
  const std::string file = folder.write("clouds.yaml", clouds);
  const std::string secure = folder.write("secure.yaml", "clouds: {lab: {auth: {password: not-a-secret}}}\n");
  const Credentials lab =
      resolve(Map{{"cloud", "lab"}, {"region", "SBG5"}},
              {{"OS_CLIENT_CONFIG_FILE", file}, {"OS_CLIENT_SECURE_FILE", secure}, {"OS_USERNAME", "someone-else"}});
  CHECK(lab.username == "demo");
  CHECK(lab.password == "not-a-secret");
  CHECK(lab.region == "SBG5");
  CHECK(lab.interface_name == "internal");
  CHECK_FALSE(lab.verify_peer);
}

TEST_CASE("a cloud that is not there is answered with those that are") {
  const Folder folder;
  const std::string file = folder.write("clouds.yaml", clouds);
  CHECK(contains(refusal(Map{{"cloud", "lap"}}, {{"OS_CLIENT_CONFIG_FILE", file}}), "did you mean \"lab\"?"));
  CHECK(contains(refusal(Map{{"cloud", "zzzzzz"}}, {{"OS_CLIENT_CONFIG_FILE", file}}), "it has: lab, other"));
  const std::string nowhere = (folder.path / "none.yaml").string();
  CHECK(contains(refusal(Map{{"cloud", "lab"}}, {{"OS_CLIENT_CONFIG_FILE", nowhere}}), nowhere));
}

TEST_CASE("a broken clouds.yaml is named with line and column") {
  const Folder folder;
  const std::string file = folder.write("clouds.yaml", "clouds:\n  lab: [\n");
  CHECK(contains(refusal(Map{{"cloud", "lab"}}, {{"OS_CLIENT_CONFIG_FILE", file}}), file + ":"));
}

TEST_CASE("explicit fields and secrets make a login of their own") {
  Redactor redactor;
  const Credentials own = resolve(Map{{"authUrl", "https://keystone/v3"},
                                      {"applicationCredentialId", "id"},
                                      {"applicationCredentialSecret", secret("APP")},
                                      {"caFile", "ca.pem"}},
                                  {{"OS_AUTH_URL", "https://ignored"}}, &redactor);
  CHECK(own.method == LoginMethod::application_credential);
  CHECK(own.application_credential_secret == "bytes-of-APP");
  CHECK(own.ca_file == "fleet/ca.pem");
  CHECK_FALSE(contains(redactor.redact("secret bytes-of-APP shown"), "bytes-of-APP"));
}

TEST_CASE("two ways to log in are refused by name") {
  CHECK(contains(refusal(Map{{"cloud", "lab"}, {"username", "u"}}, {}), "cloud and username"));
  CHECK(contains(refusal(Map{{"authUrl", "https://k"}, {"password", secret("A")}, {"token", secret("B")}}, {}),
                 "password and token"));
  CHECK(contains(refusal({}, {{"OS_CLOUD", "lab"}, {"OS_AUTH_URL", "https://k"}}), "OS_CLOUD and OS_AUTH_URL"));
}

TEST_CASE("everything that is missing is told at once, in the words of its source") {
  CHECK(contains(refusal({}, {{"OS_AUTH_URL", "https://k"}, {"OS_PASSWORD", "x"}}),
                 "lacks OS_USERNAME or OS_USER_ID, OS_PROJECT_NAME or OS_PROJECT_ID"));
  CHECK(contains(refusal(Map{{"password", secret("A")}}, {}), "lacks authUrl, username, project or projectId"));
  CHECK(contains(refusal({}, {}), "OS_AUTH_URL is not set"));
}

TEST_CASE("login types that muster does not speak are refused with those it does") {
  CHECK(contains(refusal({}, {{"OS_AUTH_URL", "https://k"}, {"OS_AUTH_TYPE", "v3oidcclientcredentials"}}),
                 "OS_AUTH_TYPE \"v3oidcclientcredentials\" is not supported"));
  CHECK(contains(refusal({}, {{"OS_AUTH_URL", "https://k/v2.0"}, {"OS_TOKEN", "t"}}), "Keystone v2"));
}

}  // namespace
}  // namespace muster::openstack
