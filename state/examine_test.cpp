#include "state/examine.h"

#include <filesystem>

#include "state/child_for_test.h"
#include "state/sqlite.h"
#include "state/store.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

TEST_CASE("a database that is not there is examined without being made") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "deep" / "state.db";
  const DatabaseFacts facts = examine_database(path);
  CHECK_FALSE(facts.exists);
  CHECK(facts.unreadable.empty());
  CHECK(facts.free_bytes.value() > 0);
  CHECK_FALSE(std::filesystem::exists(directory.path() / "deep"));
}

TEST_CASE("a sound database tells its schema, its fleet, its size and its mode") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  { const Store store({path, "00112233445566778899aabbccddeeff", "party"}); }
  const DatabaseFacts facts = examine_database(path);
  CHECK(facts.exists);
  CHECK(facts.mode == 0600);
  CHECK(facts.is_ours);
  CHECK(facts.bytes > 4096);
  CHECK(facts.unreadable.empty());
  CHECK(facts.damage.empty());
  CHECK_FALSE(facts.is_foreign);
  CHECK(facts.schema == current_schema());
  CHECK(facts.fleet_uid == "00112233445566778899aabbccddeeff");
}

TEST_CASE("what is no database, another program's, or damaged is told apart") {
  const TemporaryDirectory directory;
  const auto text = directory.path() / "text.db";
  write_bytes(text, std::string(5000, 'x'));
  CHECK(examine_database(text).unreadable == "file is not a database");
  CHECK(examine_database(directory.path()).unreadable == "it is a directory");

  const auto path = directory.path() / "state.db";
  {
    Database database({.path = path});
    database.execute("PRAGMA application_id = 7; PRAGMA user_version = 99");
  }
  CHECK(examine_database(path).is_foreign);

  const auto damaged = directory.path() / "damaged.db";
  { const Store store({damaged, "00112233445566778899aabbccddeeff", "party"}); }
  std::string bytes = file_bytes(damaged);
  REQUIRE(bytes.size() > 20'000);
  bytes.replace(8192, 8192, std::string(8192, 'z'));
  write_bytes(damaged, bytes);
  const DatabaseFacts facts = examine_database(damaged);
  CHECK((!facts.damage.empty() || !facts.unreadable.empty()));
}

}  // namespace
}  // namespace muster::state
