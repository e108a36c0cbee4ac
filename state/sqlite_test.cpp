#include "state/sqlite.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

using std::chrono::milliseconds;

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

template <typename Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return Error(Fault::permanent, "");
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a new database and everything beside it is readable by its owner alone") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "fleet" / ".muster" / "state.db";
  const mode_t before = ::umask(0);
  {
    Database database({.path = path});
    database.execute("INSERT INTO fleet (uid) VALUES ('1')");
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path.string() + "-wal") == 0600);
    CHECK(mode_of(path.string() + "-shm") == 0600);
    CHECK(mode_of(path.parent_path()) == 0700);
    CHECK(database.number("PRAGMA synchronous") == 2);
  }
  ::umask(before);
}

TEST_CASE("a database that others may read is closed to them") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  { Database database({.path = path}); }
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  Database database({.path = path});
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a file that is no database is refused, kept, and the message says what to do") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  const std::string garbage(5000, 'x');
  write_bytes(path, garbage);
  const Error error = error_of([&] { Database database({.path = path}); });
  CHECK(error.fault() == Fault::invalid);
  CHECK(mentions(error.message(), path.string() + " is damaged"));
  CHECK(mentions(error.hint(), "mv " + path.string()));
  CHECK(file_bytes(path) == garbage);
}

TEST_CASE("a database cut short is refused as damaged") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  { Database database({.path = path}); }
  const std::string whole = file_bytes(path);
  REQUIRE(whole.size() > 8192);
  write_bytes(path, whole.substr(0, 5000));
  const Error error = error_of([&] {
    Database database({.path = path});
    database.number("SELECT count(*) FROM cache_memo");
  });
  CHECK(error.fault() == Fault::invalid);
  CHECK(mentions(error.message(), "damaged"));
}

TEST_CASE("an empty file is a new database") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  write_bytes(path, "");
  Database database({.path = path});
  CHECK(database.number("SELECT count(*) FROM intent") == 0);
}

TEST_CASE("a database of a newer muster is refused and left alone") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  Database({.path = path}).execute("PRAGMA user_version = 99");
  const std::string before = file_bytes(path);
  const Error error = error_of([&] { Database database({.path = path}); });
  CHECK(error.fault() == Fault::invalid);
  CHECK(mentions(error.message(), "has schema 99"));
  CHECK(mentions(error.hint(), "newer muster"));
  CHECK(file_bytes(path) == before);
}

TEST_CASE("another program's database is refused and left alone") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  const int application = GENERATE(0, 252006674);
  Database({.path = path}).execute("PRAGMA application_id = " + std::to_string(application));
  const std::string before = file_bytes(path);
  const Error error = error_of([&] { Database database({.path = path}); });
  CHECK(error.fault() == Fault::invalid);
  CHECK(mentions(error.message(), "another program"));
  CHECK(file_bytes(path) == before);
}

TEST_CASE("an older schema loses its caches and keeps intents, claims, debts and history") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  {
    Database database({.path = path});
    database.execute(
        "INSERT INTO claim VALUES ('ipd.deployment', 'web', 'IpdServer/a', 'x', 1, 'v1');"
        "INSERT INTO debt VALUES ('OvhAccount/a', 'ovh.zone', 'example.com', 1, 1);"
        "INSERT INTO run (command, who, revision, started, summary) VALUES ('apply', 'a@b', '0-', 1, '');"
        "INSERT INTO intent (kind, name, verb, incarnation, connection, backend_id, wanted_digest, run, opened_at,"
        " state) VALUES ('k', 'n', 'create', '0000000000000001', 'c', '', '', 1, 1, 'opened');"
        "INSERT INTO cache_memo VALUES ('k', 'n', 1, 2);"
        "CREATE TABLE cache_of_old (x); DROP TABLE cache_budget;"
        "PRAGMA user_version = 0");
  }
  Database database({.path = path});
  for (const char* kept : {"claim", "debt", "run", "intent"}) {
    CHECK(database.number(std::string("SELECT count(*) FROM ") + kept) == 1);
  }
  CHECK(database.number("SELECT count(*) FROM cache_memo") == 0);
  CHECK(database.number("SELECT count(*) FROM cache_budget") == 0);
  CHECK(database.number("SELECT count(*) FROM sqlite_master WHERE name = 'cache_of_old'") == 0);
  CHECK(database.number("PRAGMA user_version") > 0);
}

TEST_CASE("a directory that cannot be written is named with the way out") {
  TemporaryDirectory directory;
  REQUIRE(::chmod(directory.path().c_str(), 0555) == 0);
  const auto path = directory.path() / "state.db";
  Child child([&path](const Child::Announce&) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 3;
    try {
      Database database({.path = path});
    } catch (const Error& error) {
      return error.fault() == Fault::usage && mentions(error.message(), path.string()) &&
                     mentions(error.message(), "Permission denied") && mentions(error.hint(), "--state")
                 ? 0
                 : 2;
    }
    return 1;
  });
  CHECK(child.wait() == 0);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a path that is a directory is refused") {
  TemporaryDirectory directory;
  const Error error = error_of([&] { Database database({.path = directory.path()}); });
  CHECK(error.fault() == Fault::usage);
  CHECK(mentions(error.message(), "no regular file"));
}

TEST_CASE("processes that make one database at the same time all get it") {
  TemporaryDirectory directory;
  for (int round = 0; round < 10; ++round) {
    const auto path = directory.path() / std::to_string(round) / "state.db";
    const auto make = [&path](const Child::Announce&) {
      Database database({.path = path});
      database.execute("INSERT INTO cache_memo VALUES ('k', hex(randomblob(8)), 1, 2)");
      return 0;
    };
    Child first(make);
    Child second(make);
    Child third(make);
    CHECK(first.wait() == 0);
    CHECK(second.wait() == 0);
    CHECK(third.wait() == 0);
    CHECK(Database({.path = path}).number("SELECT count(*) FROM cache_memo") == 3);
  }
}

TEST_CASE("a second process reads beside an open write, and its own write fails as transient after the timeout") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "state.db";
  Child writer([&path](const Child::Announce& announce) -> int {
    Database database({.path = path});
    Transaction transaction(database);
    database.execute("INSERT INTO cache_memo VALUES ('k', 'n', 1, 2)");
    announce();
    wait_to_be_killed();
  });
  REQUIRE(writer.await_announcement());
  Database database({.path = path, .busy_timeout = milliseconds(20)});
  CHECK(database.number("SELECT count(*) FROM cache_memo") == 0);
  const Error error = error_of([&] { Transaction transaction(database); });
  CHECK(error.fault() == Fault::transient);
  CHECK(mentions(error.message(), path.string()));
  writer.kill();
  Transaction transaction(database);
  CHECK(database.number("SELECT count(*) FROM cache_memo") == 0);
}

TEST_CASE("a transaction that is not committed leaves nothing, inside another one too") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  const auto insert = [&](const char* name) {
    Statement statement(database, "INSERT INTO cache_memo VALUES ('k', ?, 1, 2)");
    statement.use(name).run();
  };
  const auto count = [&] { return database.number("SELECT count(*) FROM cache_memo"); };
  {
    Transaction lost(database);
    insert("a");
  }
  CHECK(count() == 0);
  {
    Transaction outer(database);
    insert("b");
    {
      Transaction lost(database);
      insert("c");
    }
    {
      Transaction kept(database);
      insert("d");
      kept.commit();
    }
    outer.commit();
  }
  CHECK(count() == 2);
  {
    Transaction outer(database);
    Transaction inner(database);
    insert("e");
    inner.commit();
  }
  CHECK(count() == 2);
}

TEST_CASE("texts keep every byte, the empty text is no null, and an absent optional is one") {
  TemporaryDirectory directory;
  Database database({.path = directory.path() / "state.db"});
  Statement select(database, "SELECT ?, ?, ?, ?");
  const std::string bytes("a\0b'\"\xc3\xa9", 7);
  auto row = select.use(bytes, std::string_view(), std::optional<Time>(), std::int64_t{-5'000'000'000});
  REQUIRE(row.next());
  CHECK(row.string(0) == bytes);
  CHECK_FALSE(row.is_null(1));
  CHECK(row.text(1).empty());
  CHECK(row.is_null(2));
  CHECK(row.optional_time(2) == std::nullopt);
  CHECK(row.integer(3) == -5'000'000'000);
  CHECK_FALSE(row.next());
}

TEST_CASE("a copy in memory has all of it, and what is written to it stays there") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "with space%20?#" / "state.db";
  Database original({.path = path});
  original.execute("INSERT INTO fleet (uid) VALUES ('1')");
  const std::string before = file_bytes(path) + file_bytes(path.string() + "-wal");
  {
    Database copy({.path = path, .in_memory = true});
    CHECK(copy.number("SELECT uid FROM fleet") == 1);
    copy.execute("UPDATE fleet SET uid = '2'");
    CHECK(copy.number("SELECT uid FROM fleet") == 2);
    CHECK(file_bytes(path) + file_bytes(path.string() + "-wal") == before);
    original.execute("UPDATE fleet SET uid = '3'");
    CHECK(copy.number("SELECT uid FROM fleet") == 2);
  }
  CHECK(original.number("SELECT uid FROM fleet") == 3);
}

TEST_CASE("a copy of what is not there is an empty database, and makes no file") {
  TemporaryDirectory directory;
  const auto path = directory.path() / "none" / "state.db";
  Database copy({.path = path, .in_memory = true});
  CHECK(copy.number("SELECT count(*) FROM fleet") == 0);
  CHECK_FALSE(std::filesystem::exists(path.parent_path()));
}

}  // namespace
}  // namespace muster::state
