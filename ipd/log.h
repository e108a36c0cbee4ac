#pragma once

// What the daemon says to its administrator: lines on stderr, which systemd keeps, or in a file.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

namespace muster::ipd {

enum class Level { info, warning, error };

/// Thread-safe. Control characters in a line are made visible, so that nobody forges one.
class Log {
 public:
  /// `directory`: holds ipd.log; empty: stderr. Throws Error(usage) when it cannot be written.
  explicit Log(const std::filesystem::path& directory);
  void say(Level level, std::string_view text);
  /// After the file was moved away: a new one.
  void reopen();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept;
  };
  void open();

  std::filesystem::path file_;  ///< empty: stderr
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> out_;
};

}  // namespace muster::ipd
