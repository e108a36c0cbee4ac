#pragma once

// The tables, and how a file comes to have them. For Database alone.

#include <filesystem>

namespace muster::state {

class Database;
struct Contents;

/// Leaves a current schema as it is without writing; fills an empty file; rebuilds the caches of an older one.
/// Throws Error(invalid) on another program's database and on one of a newer version.
/// Precondition: no other process is inside this function with the same file.
void bring_schema_up_to_date(Database& database, const Contents& contents, const std::filesystem::path& path);

}  // namespace muster::state
