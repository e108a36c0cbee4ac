#pragma once

// Two daemons never work on the same files.

#include <filesystem>

namespace muster::ipd {

/// A lock on `file`, which is made when it is missing, for as long as this lives; a daemon that was killed has lost it
/// at once. Throws Error(usage) when another process has it.
class SoleUse {
 public:
  explicit SoleUse(const std::filesystem::path& file);
  ~SoleUse();
  SoleUse(const SoleUse&) = delete;
  SoleUse& operator=(const SoleUse&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace muster::ipd
