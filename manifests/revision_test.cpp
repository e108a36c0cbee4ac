#include "manifests/load.h"
#include "manifests/party_for_test.h"
#include "manifests/subprocess.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

TEST_CASE_METHOD(LoadFixture, "the revision is the commit of the manifests' own work tree, dirty or not") {
  write_fleet();
  write("sub/other.yaml", "");
  CHECK(load().revision == Revision{});
  const auto git = [&](std::vector<std::string> words) {
    std::vector<std::string> all{
        "env", "GIT_COMMITTER_DATE=1700000000 +0000", "GIT_CONFIG_GLOBAL=/dev/null", "git", "-C", path(".")};
    all.insert(all.end(), words.begin(), words.end());
    const auto result = run_subprocess(all, std::chrono::seconds(30));
    INFO(result.describe());
    REQUIRE(result.succeeded());
    return result.output;
  };
  git({"init", "-q"});
  CHECK(load().revision == Revision{});
  git({"add", "fleet.yaml"});
  git({"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m",
       "one"});
  write("party.yaml", "");
  const Revision expected{1700000000, git({"rev-parse", "HEAD"}).substr(0, 12)};
  CHECK(load().revision == expected);
  CHECK(revision_of(path("fleet.yaml")) == expected);
  CHECK(revision_of(path("sub")) == expected);
}

}  // namespace
}  // namespace muster::manifests
