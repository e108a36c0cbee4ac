#pragma once

// Unpacks in a process of its own: a package decides how long that takes and how much memory, and may not decide it
// for the daemon.

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <vector>

#include "ipd/archive.h"

namespace muster::ipd {

struct UnpackCall {
  std::filesystem::path package;
  std::filesystem::path folder;
  std::string deployment;  ///< its id, by which kill_left_over() finds the process
  UnpackLimits limits;
  std::chrono::seconds time_limit{1800};
};

struct Unpacked {
  enum class End { done, refused, late, stopped };
  End end = End::done;
  std::string words;  ///< refused: why, with the name of the member
};

/// As unpack(), by this very program started once more, in 256 MiB; killed when it takes too long or `stop` is
/// requested.
Unpacked unpack_apart(const UnpackCall& call, const std::stop_token& stop);

/// What that process does with the words behind "unpack". 0: all is unpacked; 1: `out` says why not.
int run_unpacker(const std::vector<std::string>& words, std::ostream& out);

}  // namespace muster::ipd
