#include "state/store.h"

#include <filesystem>

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

StoreOptions options_in(const std::filesystem::path& directory, const std::string& uid) {
  return {.path = directory / ".muster" / "state.db", .fleet_uid = uid, .fleet_name = "demo"};
}

TEST_CASE("another fleet's database is refused by both uids and the way out, and stays as it is") {
  TemporaryDirectory directory;
  { Store store(options_in(directory.path(), "aaaa1111")); }
  const auto path = directory.path() / ".muster" / "state.db";
  const std::string before = file_bytes(path);
  try {
    Store store(options_in(directory.path(), "bbbb2222"));
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
    CHECK(error.message() == "state database " + path.string() +
                                 " belongs to the fleet with uid aaaa1111, and these manifests are the fleet demo with "
                                 "uid bbbb2222");
    CHECK(error.hint().find("--state") != std::string::npos);
  }
  CHECK(file_bytes(path) == before);
  Store store(options_in(directory.path(), "aaaa1111"));
}

TEST_CASE("a database tells whose it is without being told") {
  TemporaryDirectory directory;
  const auto path = directory.path() / ".muster" / "state.db";
  {
    Database fresh({.path = path});
    CHECK(fleet_of(fresh).empty());
  }
  { Store store(options_in(directory.path(), "aaaa1111")); }
  Database database({.path = path});
  CHECK(fleet_of(database) == "aaaa1111");
}

TEST_CASE("opening and reading a current database writes nothing to it") {
  TemporaryDirectory directory;
  const StoreOptions options = options_in(directory.path(), "aaaa1111");
  {
    Store store(options);
    Observation read;
    read.complete = true;
    read.objects.push_back(sample_server("a", "1"));
    const ReadTicket ticket = store.observations().begin_read(at(10));
    store.observations().replace_scope({"OpenStackProject/cloud", "openstack.server"}, read, ticket, at(11));
    store.memos().put({{{"openstack.server", "a"}, {1, 2}}});
  }
  const std::string before = file_bytes(options.path);
  const auto changed_at = std::filesystem::last_write_time(options.path);
  const std::filesystem::path journal = options.path.string() + "-wal";
  {
    Store store(options);
    {
      Transaction snapshot = store.snapshot();
      CHECK(store.observations().load(sample_server("a", "1").id).size() == 1);
      CHECK(store.observations().scopes().size() == 1);
      CHECK(store.memos().load().size() == 1);
      CHECK(store.intents().list().empty());
      CHECK(store.debts().list().empty());
      store.observations().begin_read(at(20));
      store.memos().put({});
    }
    CHECK((!std::filesystem::exists(journal) || std::filesystem::file_size(journal) == 0));
  }
  CHECK(std::filesystem::last_write_time(options.path) == changed_at);
  CHECK(file_bytes(options.path) == before);
}

TEST_CASE("an outcome, its observation and its debt count together or not at all") {
  TemporaryDirectory directory;
  Store store(options_in(directory.path(), "aaaa1111"));
  const IntentId id = store.intents().open({.resource = {"openstack.server", "a"}});
  const auto record = [&] {
    store.intents().close(id);
    store.observations().put(sample_server("a", "1"));
    store.debts().add("OvhAccount/dns", {"ovh.zone", "example.com"}, at(1));
  };
  {
    Transaction undone = store.transaction();
    record();
  }
  CHECK(store.intents().list().size() == 1);
  CHECK(store.observations().load(sample_server("a", "1").id).empty());
  CHECK(store.debts().list().empty());
  Transaction done = store.transaction();
  record();
  done.commit();
  CHECK(store.intents().list().empty());
  CHECK(store.observations().load(sample_server("a", "1").id).size() == 1);
  CHECK(store.debts().list().size() == 1);
}

}  // namespace
}  // namespace muster::state
