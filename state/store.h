#pragma once

// The state database of one fleet: all its tables, used by one thread (the coordinator).

#include <filesystem>
#include <string>

#include "state/applied.h"
#include "state/claims.h"
#include "state/debts.h"
#include "state/file_digests.h"
#include "state/history.h"
#include "state/intents.h"
#include "state/memos.h"
#include "state/observations.h"
#include "state/sqlite.h"

namespace muster::state {

/// The uid of the fleet that a database belongs to; empty while it belongs to none.
std::string fleet_of(Database& database);

struct StoreOptions {
  std::filesystem::path path;  ///< ".muster/state.db" beside the manifests, --state, or MUSTER_STATE
  std::string fleet_uid;
  std::string fleet_name;  ///< for messages
  bool in_memory = false;  ///< see DatabaseOptions: what is written is not remembered
};

/// Throws Error(usage) when `uid`, of the fleet that the database belongs to, is another than that of the options.
void refuse_other_fleet(const std::string& uid, const StoreOptions& options);

/// Several processes may have the same database open; each write is a transaction of its own unless the caller opens
/// one. Opening an existing database writes nothing.
class Store {
 public:
  /// Throws as Database does, and Error(usage) when the database belongs to another fleet.
  explicit Store(const StoreOptions& options);

  Observations& observations() { return observations_; }
  Intents& intents() { return intents_; }
  Claims& claims() { return claims_; }
  Debts& debts() { return debts_; }
  Memos& memos() { return memos_; }
  FileDigestTable& file_digests() { return file_digests_; }
  AppliedFields& applied() { return applied_; }
  History& history() { return history_; }

  /// Several writes that count together: an outcome with its observation and its debt. Not committed: undone.
  Transaction transaction() { return Transaction(database_); }
  /// One consistent picture over several reads.
  Transaction snapshot() { return Transaction(database_, Transaction::Kind::read); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  Database database_;
  Observations observations_;
  Intents intents_;
  Claims claims_;
  Debts debts_;
  Memos memos_;
  FileDigestTable file_digests_;
  AppliedFields applied_;
  History history_;
};

}  // namespace muster::state
