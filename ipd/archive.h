#pragma once

// Unpacks what a stranger packed: nothing of it may leave the folder.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace muster::ipd {

struct UnpackLimits {
  std::int64_t bytes = std::int64_t{20} << 30;  ///< all files together, unpacked
  std::int64_t entries = 200'000;               ///< members of any kind
  std::int64_t keep_free = 0;                   ///< bytes that stay free on the disk
};

/// Unpacks a tar, compressed or not (resources/contract/tar_compression.h), into `folder`, which exists. Members
/// replace files of the same name. Takes files, directories, and links that stay in the folder; refuses the whole
/// archive for anything else (absolute names, "..", links that point out, devices), for more than `limits`, and when it
/// is broken; what was written so far stays. Owners are those of the process, set-user-id bits are dropped. Gives why
/// it was refused, with the name of the member. Throws nothing.
///
/// How long it takes and how much memory, the package decides: whoever unpacks a stranger's does so by unpack_apart().
std::optional<std::string> unpack(const std::filesystem::path& package, const std::filesystem::path& folder,
                                  const UnpackLimits& limits);

}  // namespace muster::ipd
