#pragma once

// A file system of its own that fills up.

#include <cstddef>
#include <filesystem>
#include <memory>

#include "state/child_for_test.h"

namespace muster::test {

/// A file system in memory, mounted where only a process of its own sees it. Gone with this.
class SmallDisk {
 public:
  /// Nothing where the system allows no mounts of one's own.
  static std::unique_ptr<SmallDisk> mount(std::size_t bytes);

  /// Its directory, for those who have entered.
  const std::filesystem::path& path() const { return below_.path(); }
  /// From now on this process sees it; for one with a single thread.
  void enter() const;
  /// As everybody else reaches it: nothing for SQLite, which follows the link in it.
  const std::filesystem::path& outside() const { return outside_; }
  /// Only so many bytes are free from now on; ends what it said before.
  void leave(std::size_t bytes);
  void make_room();

 private:
  explicit SmallDisk(std::size_t bytes);
  std::filesystem::path ballast() const { return outside_ / "ballast"; }

  state::TemporaryDirectory below_;
  std::unique_ptr<state::Child> keeper_;
  std::filesystem::path outside_;
};

}  // namespace muster::test
