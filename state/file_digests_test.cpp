#include "state/file_digests.h"

#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

FileDigest image(const std::string& path, const std::string& sha256) {
  return {path, ~0ULL, 2, 5'000'000'000, 1'700'000'000'123'456'789, 4, sha256};
}

TEST_CASE("digests of files come back as they were put, the last of each path") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  CHECK(known_file_digests(path).empty());
  CHECK_FALSE(std::filesystem::exists(path));
  Database database({.path = path});
  FileDigestTable table(database);
  table.put({image("/a", "11"), image("/b", "22")});
  table.put({image("/a", "33")});
  const std::vector<FileDigest> known = known_file_digests(path);
  CHECK(known == std::vector<FileDigest>{image("/b", "22"), image("/a", "33")});
}

TEST_CASE("the newest thousand digests are kept") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  FileDigestTable table(database);
  for (int index = 0; index < 1010; ++index) table.put({image(std::to_string(index), "11")});
  const std::vector<FileDigest> known = known_file_digests(directory.path() / "state.db");
  CHECK(known.size() == 1000);
  CHECK(known.front().path == "10");
}

TEST_CASE("a database of another version holds no digests that one may use, and is left as it is") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  Database database({.path = path});
  FileDigestTable(database).put({image("/a", "11")});
  database.execute("PRAGMA user_version = 4");
  CHECK(known_file_digests(path).empty());
  CHECK(database.number("PRAGMA user_version") == 4);
}

}  // namespace
}  // namespace muster::state
