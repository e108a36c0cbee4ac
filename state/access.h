#pragma once

// What this process may do with a database file, found without opening it as one.

#include <filesystem>
#include <memory>
#include <string>

#include "state/sqlite.h"

namespace muster::state {

/// The system's words for why a database at `path` cannot be written (or made); empty: it can, or it is no regular
/// file, which opening it tells.
std::string write_obstacle(const std::filesystem::path& path);

/// The system's words when the disk of `path` is so full that a reading would not fit into it; empty: there is room.
std::string room_obstacle(const std::filesystem::path& path);

/// The directory of `path`, or the nearest one above it that exists: where the file would be made.
std::filesystem::path standing_directory(const std::filesystem::path& path);

/// Opens for reading alone, also where no log can be made beside the file because nothing may be written there. Returns
/// SQLite's code.
int open_for_reading(const std::filesystem::path& path, std::unique_ptr<sqlite3, CloseDatabase>& handle);

}  // namespace muster::state
