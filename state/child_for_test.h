#pragma once

// What the tests of this folder share: a directory that goes, and a process that may be killed.

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>

#include "resources/contract/observed.h"

namespace muster::state {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The thread sanitizer of GCC 12 cannot follow threads that a fork of a threaded process starts ("dup thread with used
/// id"): a test whose child does that says so and leaves.
#ifdef __SANITIZE_THREAD__
inline constexpr bool children_may_start_threads = false;
#else
inline constexpr bool children_may_start_threads = true;
#endif

/// Whether every thread of `process` but the one called `but` (0: none) waits for something.
bool threads_sleep(pid_t process, pid_t but);

/// A fork of this process that runs `body` and ends with what it returns; 99 after an exception.
class Child {
 public:
  using Announce = std::function<void()>;
  explicit Child(const std::function<int(const Announce& announce)>& body);
  /// Kills and collects the process unless wait() or kill() did.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Blocks until the body has called `announce` once more; false when it has ended instead.
  bool await_announcement();
  void kill();
  /// False while it runs.
  bool has_ended() const;
  /// The exit status; the number of the signal that ended it, negative.
  int wait();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int announcements_ = -1;
  bool collected_ = false;
};

/// For bodies that are to be killed.
[[noreturn]] void wait_to_be_killed();

std::string file_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, const std::string& bytes);

inline Time at(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

/// A ready server of ours, stamped.
Observed sample_server(const std::string& name, const std::string& backend_id);

}  // namespace muster::state
