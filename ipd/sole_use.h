#pragma once

// Two daemons never work on the same files.

#include <filesystem>

namespace muster::ipd {

/// The right to a directory or file for as long as this lives; a daemon that was killed has lost it at once. Throws
/// Error(usage) when another process has it. A file is made when it is missing.
class SoleUse {
 public:
  explicit SoleUse(const std::filesystem::path& path);
  ~SoleUse();
  SoleUse(const SoleUse&) = delete;
  SoleUse& operator=(const SoleUse&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace muster::ipd
