#pragma once

// What reads saw, kept so that a plan soon after needs no call. Only a cache: losing it costs calls, nothing else.

#include <compare>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/contract/observed.h"
#include "state/sqlite.h"

namespace muster::state {

struct Scope {
  std::string connection;  ///< "OpenStackProject/cloud"; empty for kinds without a session
  std::string kind;        ///< "openstack.server"
  auto operator<=>(const Scope&) const = default;
};

/// How the last read of a whole scope ended.
struct ScopeState {
  Scope scope;
  bool complete = false;
  std::string why_incomplete;
  Time began{};  ///< the age of what it says counts from here
  Time ended{};
  std::string login{};  ///< as its ticket said
  std::string asked{};  ///< as in its ReadTicket
  std::string place{};  ///< likewise
  bool operator==(const ScopeState&) const = default;
};

/// Taken before the first call of a read, so that what it saw never overwrites a row written after.
/// Counts our writes rather than trusting clocks, which jump.
struct ReadTicket {
  std::int64_t sequence = 0;
  Time began{};
  std::string login{};  ///< what tells one login from another, no secret; a read of another one is another world's
  /// A digest of the question, for who has to know whether a cached answer is one to today's; may stay empty.
  std::string asked{};
  std::string place{};  ///< where what it saw is, as the backend told (to_text); known once it was asked
};

struct CachedObservation {
  Observed observed;
  std::string digest;    ///< observation_digest of it, computed when it was written
  bool foreign = false;  ///< from Observation::foreign: for the orphan tables only
};

/// 32 hex digits over everything but `since` (which drivers may not know): what a memo remembers.
std::string observation_digest(const Observed& observed);

class Observations {
 public:
  explicit Observations(Database& database);

  ReadTicket begin_read(Time now, std::string login = {});

  /// Makes the cache say what a read of the whole scope saw; one transaction; rows that did not change are not written.
  /// Rows written or erased by us since the ticket stay as they are. An incomplete read removes nothing.
  /// False, and nothing done, when a read that began later has been stored meanwhile.
  bool replace_scope(const Scope& scope, const Observation& read, const ReadTicket& ticket, Time ended);

  /// What a write of ours left behind, keyed by connection, id and backend id (several with one id are normal).
  /// Where a write changed the backend id, erase the old one.
  void put(const Observed& observed);
  /// A remove of ours succeeded; reads that began before do not bring it back. No error when there is no such row.
  void erase(const Observed& observed);

  /// Sorted by id, then backend id.
  std::vector<CachedObservation> load(const Scope& scope);
  std::vector<CachedObservation> load(const ResourceId& id);

  /// Scopes that have been read at least once, sorted.
  std::vector<ScopeState> scopes();
  /// Drops a scope that no manifest mentions any more.
  void forget(const Scope& scope);

 private:
  struct Mark;
  using Marks = std::unordered_map<std::string, Mark>;
  enum class Presence { here, gone };

  std::int64_t scope_number(const Scope& scope);
  std::int64_t next_sequence();
  bool is_superseded(std::int64_t scope, const ReadTicket& ticket, Time ended);
  void write(std::int64_t scope, const Observed& observed, bool foreign, Presence presence, std::int64_t sequence,
             const std::string& digest);
  void write_own(const Observed& observed, Presence presence);
  void merge(std::int64_t scope, Marks marks, const Observation& read, const ReadTicket& ticket);
  void merge_object(std::int64_t scope, Marks& marks, const Observed& object, bool foreign, const ReadTicket& ticket);

  Database& database_;
  Statement select_sequence_, advance_sequence_;
  Statement add_scope_, select_scope_, finish_scope_, select_scopes_, select_scopes_of_kind_;
  Statement delete_scope_, delete_rows_;
  Statement upsert_, delete_row_, select_marks_;
  Statement select_rows_, select_rows_of_name_;
};

}  // namespace muster::state
