#pragma once

// An IPD server of a site's own: the real one, in this process.

#include <filesystem>
#include <memory>
#include <string>

#include "resources/contract/value.h"

namespace muster::test {

class LocalIpd {
 public:
  /// What it keeps lies below `directory`.
  explicit LocalIpd(const std::filesystem::path& directory);
  ~LocalIpd();
  LocalIpd(const LocalIpd&) = delete;
  LocalIpd& operator=(const LocalIpd&) = delete;

  static constexpr const char* token = "not-a-real-token";
  std::string url() const;
  /// The version that runs there, empty when there is none.
  std::string version_of(const std::string& project) const;
  /// As often as `project` was deployed.
  std::size_t deployments_of(const std::string& project) const;
  /// Nobody says any more that it is theirs.
  void forget_owner(const std::string& project);

 private:
  class Daemon;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace muster::test
