#include "ipd/users.h"

#include <fstream>
#include <sstream>

#include "ipd/login_limit.h"
#include "ipd/user_tool.h"
#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::ipd {
namespace {

/// The tool on a file of its own.
struct Tool {
  int run(const std::vector<std::string>& words) {
    out.str("");
    err.str("");
    return run_user_tool(words, file, out, err);
  }
  state::TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "users.txt";
  std::ostringstream out;
  std::ostringstream err;
};

}  // namespace

TEST_CASE("the file's lines are users; what is none is skipped with its place") {
  const state::TemporaryDirectory directory;
  const auto path = directory.path() / "users.txt";
  const std::string hash(64, 'a');
  std::ofstream(path) << "# people\n\nADMIN:root:" << hash << "\r\nUSER:eve:" << hash << ":web,shop\nUSER::" << hash
                      << "\nBOSS:x:" << hash << "\nUSER:short:abc\nnonsense\nUSER:all:" << hash
                      << ":\nADMIN:some:" << hash << ":web\n";
  const UserFile file = read_user_file(path);
  REQUIRE(file.entries.size() == 2);
  CHECK(file.entries[0].role == Role::admin);
  CHECK(file.entries[0].may_touch("anything"));
  CHECK(file.entries[1].may_touch("shop"));
  CHECK_FALSE(file.entries[1].may_touch("other"));
  REQUIRE(file.complaints.size() == 6);
  CHECK(file.complaints[0] == path.string() + ":5: the name is empty; the line is skipped");
  CHECK(file.complaints[1] == path.string() + ":6: 'BOSS' is no role: ADMIN or USER; the line is skipped");
  CHECK_THROWS_AS(read_user_file(directory.path() / "none"), Error);
}

TEST_CASE("a token is found by its old hash and by its new one, and by nothing else") {
  // SHA-256 of "mypassword"
  Users users({{Role::user, "old", "89e01536ac207279409d4de1e5253e01f4a1769e696db0d6062ca9b8f56767c8", {}},
               {Role::admin, "new", hash_token("fake-token"), {}}});
  for (int i = 0; i < 2; ++i) {  // the second time from memory
    CHECK(users.find("mypassword")->name == "old");
    CHECK(users.find("fake-token")->name == "new");
    CHECK_FALSE(users.find("other"));
    CHECK_FALSE(users.find(""));
  }
  users.replace({});
  CHECK_FALSE(users.find("fake-token"));
}

TEST_CASE(
    "which token is whose is known at once for old hashes, and for new ones once it was found, while their line "
    "stays") {
  const UserEntry old{Role::user, "old", "89e01536ac207279409d4de1e5253e01f4a1769e696db0d6062ca9b8f56767c8", {}};
  const UserEntry ann{Role::user, "ann", hash_token("ann.fake-token"), {}};
  Users users({old, ann});
  CHECK(users.known("mypassword")->name == "old");
  CHECK_FALSE(users.known("ann.fake-token"));
  CHECK(users.find("ann.fake-token")->name == "ann");
  users.replace({ann, {Role::admin, "ann", ann.hash, {}}, old});
  CHECK(users.known("ann.fake-token")->name == "ann");
  users.replace({old, {Role::user, "ann", hash_token("another-fake-token"), {}}});
  CHECK_FALSE(users.known("ann.fake-token"));
}

TEST_CASE("the tool adds, lists, changes and removes, and keeps what it does not know") {
  Tool tool;
  REQUIRE(tool.run({"add", "ADMIN", "root"}) == 0);
  const std::string token = tool.out.str().substr(0, tool.out.str().size() - 1);
  CHECK(token.size() == 48);
  CHECK(token.starts_with("root."));
  CHECK(tool.err.str() == "note: a daemon that runs reads it at SIGHUP: systemctl reload ipd\n");
  std::ofstream(tool.file, std::ios::app) << "# a comment\n";
  CHECK(tool.run({"add", "USER", "bob", "--token", "fake-token", "--projects", "web,shop"}) == 0);
  CHECK(tool.out.str().empty());
  CHECK(tool.run({"add", "USER", "bob"}) == 1);
  CHECK(tool.run({"add", "BOSS", "eve"}) == 2);
  CHECK(tool.run({"add", "USER", "eve", "--projects", ","}) == 2);
  CHECK(tool.run({"add", "ADMIN", "eve", "--projects", "web"}) == 2);
  CHECK(tool.run({"list"}) == 0);
  CHECK(tool.out.str() == "ADMIN:root\nUSER:bob\n");
  Users users(read_user_file(tool.file).entries);
  CHECK(users.find(token)->name == "root");
  CHECK(users.find("fake-token")->projects == std::vector<std::string>{"web", "shop"});

  CHECK(tool.run({"passwd", "bob", "--token", "other-fake-token"}) == 0);
  CHECK(tool.run({"passwd", "eve"}) == 1);
  users.replace(read_user_file(tool.file).entries);
  CHECK_FALSE(users.find("fake-token"));
  CHECK(users.find("other-fake-token")->projects.size() == 2);
  CHECK(tool.run({"del", "bob"}) == 0);
  CHECK(tool.run({"del", "bob"}) == 1);
  std::ifstream in(tool.file);
  std::string first;
  std::string second;
  std::getline(in, first);
  std::getline(in, second);
  CHECK(first.starts_with("ADMIN:root:$argon2id$"));
  CHECK(second == "# a comment");
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {}, {"add"}, {"add", "USER"}, {"list", "x"}, {"del"}, {"frobnicate"}, {"list", "-f"}, {"list", "--x"}})
    CHECK(tool.run(wrong) == 2);
}

TEST_CASE("an address that guesses waits until its minute is over; others do not") {
  LoginLimit limit(3);
  const auto begin = LoginLimit::Clock::time_point(std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) {
    CHECK(limit.wait("192.0.2.1", begin).count() == 0);
    limit.failed("192.0.2.1", begin);
  }
  CHECK(limit.wait("192.0.2.1", begin + std::chrono::seconds(10)) == std::chrono::seconds(50));
  CHECK(limit.wait("192.0.2.2", begin).count() == 0);
  CHECK(limit.wait("192.0.2.1", begin + std::chrono::seconds(60)).count() == 0);
}

}  // namespace muster::ipd
