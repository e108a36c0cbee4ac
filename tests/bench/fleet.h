#pragma once

// Manifests of any size, as people would write them: workshops of at most a hundred hosts.

#include <cstddef>
#include <filesystem>

namespace muster::bench {

/// Each host is three objects: a server, a record and a readiness check. Each workshop has an ownership mark besides.
constexpr std::size_t objects_per_host = 3;

/// Writes a fleet of `hosts` hosts into the empty directory; its connections allow as much at once as muster can.
void write_fleet(const std::filesystem::path& directory, std::size_t hosts);

}  // namespace muster::bench
