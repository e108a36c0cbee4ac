#pragma once

// Runs one program to its end, without a shell: what commands of secrets and `git` need.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace muster::manifests {

struct SubprocessResult {
  enum class End { exited, signalled, timed_out, too_much_output, not_started };
  End end = End::not_started;
  int status = 0;      ///< exit status, signal number, or errno when not started
  std::string output;  ///< standard output
  std::string errors;  ///< the first 4 KiB of standard error

  bool succeeded() const { return end == End::exited && status == 0; }
  /// "exited with status 2", "did not end within the limit and was stopped"; with its first line of standard error.
  std::string describe() const;
};

/// Blocks until `words[0]` (found by PATH) has ended, printed more than `most_output` bytes, or `limit` is over; then
/// its process group is killed. It runs in `directory`, here when that is empty. It gets no standard input and no
/// terminal group. Precondition: `words` is not empty.
SubprocessResult run_subprocess(const std::vector<std::string>& words, std::chrono::milliseconds limit,
                                std::size_t most_output = 1 << 20, const std::string& directory = {});

}  // namespace muster::manifests
