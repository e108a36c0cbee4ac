#pragma once

// Looks at a state database without opening it as one: nothing is made, migrated or repaired.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace muster::state {

struct DatabaseFacts {
  bool exists = false;
  unsigned mode = 0;                         ///< permission bits
  std::string owner;                         ///< user name, or the number
  bool is_ours = false;                      ///< owned by who runs this process
  std::uintmax_t bytes = 0;                  ///< with what is still in its log
  std::optional<std::uintmax_t> free_bytes;  ///< of the disk it is, or would be, on
  std::string network;                       ///< "NFS" when its directory is on a network file system; empty: it is not
  /// Why nothing can be said of its content: no right, no database. The system's or SQLite's own words.
  std::string unreadable;
  bool is_no_database = false;  ///< `unreadable` because of what is in it, not of a right that is missing
  bool is_directory = false;    ///< that stands in its place
  /// The system's words for why it cannot be written, or made; empty: it can.
  std::string write_obstacle;
  std::string damage;       ///< what the integrity check complains of; empty: nothing
  bool is_foreign = false;  ///< a database of another program
  std::int64_t schema = 0;
  std::string fleet_uid;  ///< empty: not written yet
};

/// What this program reads and writes.
std::int64_t current_schema();
std::string sqlite_version();

/// Blocks on the disk; reads the whole database. Throws nothing.
DatabaseFacts examine_database(const std::filesystem::path& path);

}  // namespace muster::state
