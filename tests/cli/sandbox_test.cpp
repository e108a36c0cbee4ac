#include <stdlib.h>

#include <fstream>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

using muster::test::Party;
using muster::test::Ran;

namespace {

/// A variable of this process, for as long as a child is started from it.
class OwnVariable {
 public:
  OwnVariable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~OwnVariable() { unsetenv(name_); }
  OwnVariable(const OwnVariable&) = delete;
  OwnVariable& operator=(const OwnVariable&) = delete;

 private:
  const char* name_;
};

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> exec(std::vector<std::string> options, const std::string& script) {
  options.insert(options.begin(), "sandbox");
  options.insert(options.end(), {"exec", "--", "sh", "-c", script});
  return options;
}

}  // namespace

TEST_CASE("a program in the sandbox sees no login of a real cloud") {
  const OwnVariable cloud("OS_CLOUD", "production");
  const OwnVariable token("OS_TOKEN", "not-a-real-token");
  const OwnVariable credential("OS_APPLICATION_CREDENTIAL_SECRET", "not-a-real-secret");
  const OwnVariable client("OVH_CLIENT_ID", "not-a-real-client");
  const OwnVariable other("PARTY_COLOUR", "green");
  Party party(1);
  const auto file = party.directory() / "environment";
  CHECK(party.run(exec({}, "env > " + file.string())).code == 0);
  const std::string seen = content(file);
  for (const char* name : {"OS_CLOUD=", "OS_TOKEN=", "OS_APPLICATION_CREDENTIAL_SECRET=", "OVH_CLIENT_ID="}) {
    CHECK(seen.find(name) == std::string::npos);
  }
  CHECK(seen.find("PARTY_COLOUR=green\n") != std::string::npos);
  CHECK(seen.find("OS_AUTH_URL=http://127.0.0.1:") != std::string::npos);
  CHECK(seen.find("OVH_CONSUMER_KEY=") != std::string::npos);
}

TEST_CASE("what sandbox up prints clears a shell of other clouds before it exports") {
  Party party(1);
  const Ran up = party.run_stopped({"sandbox", "up"});
  CHECK(up.code == 0);
  const auto exports = party.directory() / "exports";
  std::ofstream(exports) << up.out;
  const OwnVariable cloud("OS_CLOUD", "production");
  const OwnVariable credential("OS_APPLICATION_CREDENTIAL_ID", "not-a-real-id");
  const auto file = party.directory() / "environment";
  const std::string script = ". " + exports.string() + " && env > " + file.string();
  REQUIRE(std::system(script.c_str()) == 0);
  const std::string seen = content(file);
  CHECK(seen.find("OS_CLOUD=") == std::string::npos);
  CHECK(seen.find("OS_APPLICATION_CREDENTIAL_ID=") == std::string::npos);
  CHECK(seen.find("OS_AUTH_URL=http://127.0.0.1:") != std::string::npos);
}

TEST_CASE("a mistyped setting or a number out of range is refused before anything starts") {
  Party party(1);
  const Ran mistyped = party.run(exec({"--set", "openstack.quota-core=2"}, "exit 0"));
  CHECK(mistyped.code == 3);
  CHECK(mistyped.err.find("did you mean 'openstack.quota-cores'?") != std::string::npos);
  const Ran no_value = party.run(exec({"--set", "ovh.batch"}, "exit 0"));
  CHECK(no_value.code == 3);
  CHECK(no_value.err.find("--set ovh.batch=yes|no") != std::string::npos);
  const Ran port = party.run(exec({"--port", "70000"}, "exit 0"));
  CHECK(port.code == 3);
  CHECK(port.err.find("--port takes a whole number from 0 to 65535, not '70000'") != std::string::npos);
  const Ran allow = party.run({"plan", "--allow", "4294967296"});
  CHECK(allow.code == 3);
  CHECK(allow.err.find("--allow takes a whole number from 0 to 2147483647") != std::string::npos);
}

TEST_CASE("help of the sandbox lists every setting") {
  Party party(1);
  muster::test::check_golden("help-sandbox.txt", party.run({"help", "sandbox"}).screen);
}
