#pragma once

// Unpacks what a stranger packed: nothing of it may leave the folder.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace muster::ipd {

struct UnpackLimits {
  std::int64_t bytes = std::int64_t{20} << 30;  ///< all files together, unpacked
  std::int64_t entries = 200'000;               ///< members of any kind
  std::chrono::seconds time{1800};
};

struct Unpacked {
  enum class End { done, refused, late, stopped };
  End end = End::done;
  std::string words;  ///< why not, with the name of the member
};

/// Unpacks a tar, compressed in any way libarchive knows, into `folder`, which exists. Members replace files of the
/// same name. Takes files, directories, and links that stay in the folder; refuses the whole archive for anything else
/// (absolute names, "..", links that point out, devices), for more than `limits`, and when it is broken; what was
/// written so far stays. Owners are those of the process, set-user-id bits are dropped. Throws nothing.
Unpacked unpack(const std::filesystem::path& package, const std::filesystem::path& folder, const UnpackLimits& limits,
                const std::stop_token& stop);

}  // namespace muster::ipd
