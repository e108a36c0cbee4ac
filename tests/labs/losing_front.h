#pragma once

// Stands before a real OpenStack's keystone and nova. It carries every call to the cloud and back, but of a share of
// the calls that write to nova the answer is thrown away after the cloud has carried them out, and the connection ends.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace muster::labs {

class LosingFront {
 public:
  struct Options {
    std::string auth_url;         ///< of the real keystone: http://HOST:PORT/v3
    double share = 0.3;           ///< of the writing calls, 0 to 1
    std::filesystem::path diary;  ///< gets the name of each server that the cloud agreed to make, a line each
  };
  /// Throws std::system_error when a port cannot be had.
  explicit LosingFront(const Options& options);
  ~LosingFront();
  LosingFront(const LosingFront&) = delete;
  LosingFront& operator=(const LosingFront&) = delete;

  /// What the program under test takes as OS_AUTH_URL: from the catalog that it gets there it knows nova's front.
  std::string auth_url() const;
  /// How many answers were thrown away.
  std::size_t lost() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace muster::labs
