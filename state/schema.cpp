#include "state/schema.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "resources/contract/error.h"
#include "state/schema_text.h"
#include "state/sqlite.h"

namespace muster::state {
namespace {

void refuse_foreign_database(Database& database, const Contents& contents, const std::filesystem::path& path) {
  const auto application = database.number("PRAGMA application_id");
  if (application == contents.application_id) return;
  if (application == 0 && database.number("SELECT count(*) FROM sqlite_master") == 0) return;
  throw Error(Fault::invalid, fmt::format("{} is the database of another program", path.string()),
              fmt::format("name another file {}", contents.named_by));
}

void drop_caches(Database& database) {
  std::vector<std::string> tables;
  {
    Statement select(database, "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'cache_*'");
    auto rows = select.use();
    while (rows.next()) tables.push_back(rows.string(0));
  }
  for (const std::string& table : tables) database.execute(fmt::format("DROP TABLE \"{}\"", table));
}

}  // namespace

const Contents muster_contents{
    .program = "muster",
    .name = "state database",
    .named_by = "with --state or MUSTER_STATE",
    .when_damaged =
        "run again: it is a cache. Lost with it are history, claims and open intents, that is at worst a "
        "second copy of what was being created; the next run removes it",
    .application_id = schema_application_id,
    .version = schema_version,
    .schema = schema_text,
};

void bring_schema_up_to_date(Database& database, const Contents& contents, const std::filesystem::path& path) {
  refuse_foreign_database(database, contents, path);
  const auto version = database.number("PRAGMA user_version");
  if (version == contents.version) return;
  if (version > contents.version) {
    throw Error(
        Fault::invalid,
        fmt::format("{} {} has schema {}; this {} ({}) knows no more than {}", contents.name, path.string(), version,
                    contents.program, MUSTER_VERSION, contents.version),
        fmt::format("use the newer {} that wrote it, or name another file {}", contents.program, contents.named_by));
  }
  database.execute("PRAGMA journal_mode = WAL");
  Transaction transaction(database);
  drop_caches(database);
  database.execute(std::string(contents.schema));
  transaction.commit();
}

}  // namespace muster::state
