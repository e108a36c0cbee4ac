// Processes killed, journals torn, files lost: what is left when nobody could tidy up.

#include <filesystem>

#include "state/child_for_test.h"
#include "state/store.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

const StoreOptions options_in(const std::filesystem::path& directory) {
  return {.path = directory / "state.db", .fleet_uid = "0f1e2d3c", .fleet_name = "demo"};
}

Intent sample_intent(int number) {
  return {.resource = {"openstack.server", "my-event/" + std::to_string(number)},
          .verb = Verb::create,
          .incarnation = {static_cast<std::uint64_t>(number) + 1},
          .connection = "OpenStackProject/cloud",
          .run = 1,
          .opened_at = at(number)};
}

/// An intent and a debt that belong together.
void write_pair(Store& store, int number) {
  Transaction transaction = store.transaction();
  store.intents().open(sample_intent(number));
  store.debts().add("OvhAccount/dns", {"ovh.zone", std::to_string(number)}, at(number));
  transaction.commit();
}

TEST_CASE("an intent committed before the call is there after kill -9") {
  TemporaryDirectory directory;
  const StoreOptions options = options_in(directory.path());
  Child child([&options](const Child::Announce& announce) -> int {
    Store store(options);
    store.intents().open(sample_intent(7));
    announce();
    wait_to_be_killed();
  });
  REQUIRE(child.await_announcement());
  child.kill();

  Store store(options);
  const auto intents = store.intents().list();
  REQUIRE(intents.size() == 1);
  Intent expected = sample_intent(7);
  expected.id = intents[0].id;
  CHECK(intents[0] == expected);
}

TEST_CASE("an outcome that was not committed leaves the intent open after kill -9") {
  TemporaryDirectory directory;
  const StoreOptions options = options_in(directory.path());
  Child child([&options](const Child::Announce& announce) -> int {
    Store store(options);
    const IntentId id = store.intents().open(sample_intent(7));
    Transaction transaction = store.transaction();
    store.intents().close(id);
    store.observations().put(sample_server("my-event/7", "one"));
    store.debts().add("OvhAccount/dns", {"ovh.zone", "example.com"}, at(1));
    announce();
    wait_to_be_killed();
  });
  REQUIRE(child.await_announcement());
  child.kill();

  Store store(options);
  CHECK(store.intents().list().size() == 1);
  CHECK(store.observations().load(sample_server("my-event/7", "one").id).empty());
  CHECK(store.debts().list().empty());
}

TEST_CASE("a process killed while it writes leaves whole transactions, and all it had announced") {
  TemporaryDirectory directory;
  const StoreOptions options = options_in(directory.path());
  int announced = 0;
  {
    Child child([&options](const Child::Announce& announce) -> int {
      Store store(options);
      for (int number = 0;; ++number) {
        write_pair(store, number);
        announce();
      }
    });
    for (; announced < 40; ++announced) REQUIRE(child.await_announcement());
    child.kill();
  }
  Store store(options);
  CHECK(store.intents().list().size() >= static_cast<std::size_t>(announced));
  CHECK(store.intents().list().size() == store.debts().list().size());
}

TEST_CASE("a torn journal loses whole transactions from its end, never a part of one") {
  TemporaryDirectory directory;
  const StoreOptions options = options_in(directory.path() / "whole");
  { Store store(options); }
  Store store(options);
  for (int number = 0; number < 6; ++number) write_pair(store, number);
  const std::string database = file_bytes(options.path);
  const std::string journal = file_bytes(options.path.string() + "-wal");
  REQUIRE(journal.size() > 1000);

  std::size_t most = 0;
  for (std::size_t length = 0; length <= journal.size(); length += 1709) {
    const StoreOptions torn = options_in(directory.path() / std::to_string(length));
    std::filesystem::create_directories(torn.path.parent_path());
    write_bytes(torn.path, database);
    write_bytes(torn.path.string() + "-wal", journal.substr(0, length));
    Store reopened(torn);
    const auto intents = reopened.intents().list();
    CHECK(intents.size() == reopened.debts().list().size());
    CHECK(intents.size() >= most);
    most = intents.size();
    for (std::size_t at_index = 0; at_index < intents.size(); ++at_index) {
      CHECK(intents[at_index].incarnation.bits == at_index + 1);
    }
  }
  CHECK(most >= 5);
}

TEST_CASE("a database deleted without its journal begins empty") {
  TemporaryDirectory directory;
  const StoreOptions options = options_in(directory.path());
  Child child([&options](const Child::Announce& announce) -> int {
    Store store(options);
    for (int number = 0; number < 20; ++number) write_pair(store, number);
    announce();
    wait_to_be_killed();
  });
  REQUIRE(child.await_announcement());
  child.kill();
  REQUIRE(std::filesystem::exists(options.path.string() + "-wal"));
  std::filesystem::remove(options.path);

  Store store(options);
  CHECK(store.intents().list().empty());
  write_pair(store, 1);
  CHECK(store.intents().list().size() == 1);
}

}  // namespace
}  // namespace muster::state
