#include "state/schema.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "resources/contract/error.h"
#include "state/schema_text.h"
#include "state/sqlite.h"

namespace muster::state {
namespace {

constexpr const char* another_database = "name another file with --state or MUSTER_STATE";

void refuse_foreign_database(Database& database, const std::filesystem::path& path) {
  const auto application = database.number("PRAGMA application_id");
  if (application == schema_application_id) return;
  if (application == 0 && database.number("SELECT count(*) FROM sqlite_master") == 0) return;
  throw Error(Fault::invalid, fmt::format("{} is the database of another program", path.string()), another_database);
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

void bring_schema_up_to_date(Database& database, const std::filesystem::path& path) {
  refuse_foreign_database(database, path);
  const auto version = database.number("PRAGMA user_version");
  if (version == schema_version) return;
  if (version > schema_version) {
    throw Error(Fault::invalid,
                fmt::format("state database {} has schema {}; this muster ({}) knows no more than {}", path.string(),
                            version, MUSTER_VERSION, schema_version),
                fmt::format("use the newer muster that wrote it, or {}", another_database));
  }
  database.execute("PRAGMA journal_mode = WAL");
  Transaction transaction(database);
  drop_caches(database);
  database.execute(std::string(schema_text));
  transaction.commit();
}

}  // namespace muster::state
