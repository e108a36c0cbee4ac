#include "ipd/settings.h"

#include <fstream>
#include <map>

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::ipd {
namespace {

using Variables = std::map<std::string, std::string>;

Settings read(const Variables& variables, const std::vector<std::filesystem::path>& files = {}) {
  return read_settings(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      files);
}

std::string refusal(const Variables& variables, const std::vector<std::filesystem::path>& files = {}) {
  try {
    read(variables, files);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
    return error.message();
  }
  return "";
}

std::filesystem::path written(const state::TemporaryDirectory& directory, const char* name, const char* text) {
  auto path = directory.path() / name;
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST_CASE("without a word everything has the documented default") {
  const Settings settings = read({});
  CHECK(settings.address == "127.0.0.1");
  CHECK(settings.port == 9955);
  CHECK(settings.api_root == "/deploy");
  CHECK(settings.auth_db == "/opt/ipd/users.txt");
  CHECK(settings.upload_dir == std::filesystem::current_path());
  CHECK(settings.database == settings.upload_dir / "ipd.db");
  CHECK(settings.check_timeout == std::chrono::seconds(1800));
  CHECK(settings.shutdown_timeout == std::chrono::seconds(60));
}

TEST_CASE("the environment comes before the first file, and that before the second") {
  const state::TemporaryDirectory directory;
  const auto first = written(directory, "first", "# ours\nexport WEBPORT=\"1\"\nAPI_ROOT='/a/'\n\n");
  const auto second = written(directory, "second", "WEBPORT=2\nLONGEST_QUEUE = 7\n");
  const Settings settings = read({{"API_ROOT", "/b"}}, {first, directory.path() / "none", second});
  CHECK(settings.port == 1);
  CHECK(settings.api_root == "/b");
  CHECK(settings.longest_queue == 7);
}

TEST_CASE("what is wrong is named with its place") {
  const state::TemporaryDirectory directory;
  CHECK(refusal({{"WEBPORT", "http"}}) == "WEBPORT is 'http', not a whole number from 0 to 65535");
  CHECK(refusal({{"CHECK_TIMEOUT", "0"}}) == "CHECK_TIMEOUT is '0', not a whole number from 1 to 604800");
  CHECK(refusal({{"WEBADDRESS", "localhost"}}) == "WEBADDRESS is 'localhost', not an IPv4 or IPv6 address");
  CHECK(refusal({{"API_ROOT", "deploy"}}) == "API_ROOT is 'deploy', not a path that begins with /");
  const auto file = written(directory, "ipd.conf", "\nWEBPORT=70000\n");
  CHECK(refusal({}, {file}) == file.string() + ":2: WEBPORT is '70000', not a whole number from 0 to 65535");
  const auto broken = written(directory, "broken", "listen on 80\n");
  CHECK(refusal({}, {broken}) == broken.string() + ":1: 'listen on 80' is not NAME=VALUE");
}

}  // namespace muster::ipd
