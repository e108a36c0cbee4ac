#include "ipd/deployment.h"

#include <set>

#include "tests/support/catch.h"

namespace muster::ipd {

TEST_CASE("a status word is what clients of the original know, and a failed script's own number") {
  Deployment deployment;
  CHECK(status_word(deployment) == "await");
  deployment.phase = Phase::running;
  CHECK(status_word(deployment) == "active");
  deployment.phase = Phase::superseded;
  CHECK(status_word(deployment) == "changed");
  deployment.phase = Phase::cancelled;
  CHECK(status_word(deployment) == "cancelled");
  deployment.phase = Phase::ended;
  deployment.state = State::success;
  CHECK(status_word(deployment) == "ok");
  deployment.state = State::deploy_late;
  CHECK(status_word(deployment) == "err");
  deployment.state = State::deploy_failed;
  deployment.exit_code = 0;
  CHECK(status_word(deployment) == "0");
}

TEST_CASE("a phase is read back as it was written") {
  for (const Phase phase : {Phase::waiting, Phase::running, Phase::ended, Phase::superseded, Phase::cancelled})
    CHECK(parse_phase(to_string(phase)) == phase);
}

TEST_CASE("a project's name is a plain file name") {
  for (const char* good : {"a", "7", "my.app_1-x", "A"}) CHECK(is_project_name(good));
  for (const char* bad : {"", ".a", "-a", "_a", "a/b", "..", "a b", "a\n", "ä"}) CHECK_FALSE(is_project_name(bad));
  CHECK(is_project_name(std::string(64, 'x')));
  CHECK_FALSE(is_project_name(std::string(65, 'x')));
}

TEST_CASE("an image is called as a tar is, and its name leads nowhere") {
  for (const char* good : {"i.tar", "i.TGZ", "i.tar.gz", "i.bz2"}) CHECK(is_image_name(good));
  for (const char* bad : {"", "tar", "i.zip", "i.tar.xz"}) CHECK_FALSE(is_image_name(bad));
  CHECK(plain_file_name("../../etc/cron.d/x.tar") == "x.tar");
  CHECK(plain_file_name("C:\\images\\my image.tar") == "my_image.tar");
  CHECK(plain_file_name("..tar") == "tar");
  CHECK(plain_file_name("...") == "");
}

TEST_CASE("ids are random UUIDs of version 4") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = new_uuid();
    CHECK(is_uuid(id));
    ids.insert(id);
  }
  CHECK(ids.size() == 1000);
  CHECK_FALSE(is_uuid("00000000-0000-1000-8000-000000000000"));
  CHECK_FALSE(is_uuid("00000000-0000-4000-c000-000000000000"));
}

}  // namespace muster::ipd
