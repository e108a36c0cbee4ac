#include "state/store.h"

#include <fmt/format.h>

#include "resources/contract/error.h"

namespace muster::state {

std::string fleet_of(Database& database) {
  Statement select(database, "SELECT uid FROM fleet");
  auto row = select.use();
  return row.next() ? row.string(0) : std::string();
}

namespace {

void write_uid(Database& database, const std::string& uid) {
  Transaction transaction(database);
  if (fleet_of(database).empty()) {
    Statement insert(database, "INSERT INTO fleet (uid) VALUES (?)");
    insert.use(uid).run();
  }
  transaction.commit();
}

void require_fleet(Database& database, const StoreOptions& options) {
  if (fleet_of(database).empty()) write_uid(database, options.fleet_uid);
  refuse_other_fleet(fleet_of(database), options);
}

}  // namespace

void refuse_other_fleet(const std::string& uid, const StoreOptions& options) {
  if (uid == options.fleet_uid) return;
  throw Error(Fault::usage,
              fmt::format("state database {} belongs to the fleet with uid {}, and these manifests are the fleet {} "
                          "with uid {}",
                          options.path.string(), uid, options.fleet_name, options.fleet_uid),
              "every fleet has a database of its own: name another file with --state or MUSTER_STATE, or put the uid "
              "back if it was changed by mistake");
}

Store::Store(const StoreOptions& options)
    : path_(options.path),
      database_({.path = options.path, .in_memory = options.in_memory}),
      observations_(database_),
      intents_(database_),
      claims_(database_),
      debts_(database_),
      memos_(database_),
      file_digests_(database_),
      applied_(database_),
      history_(database_) {
  require_fleet(database_, options);
}

}  // namespace muster::state
