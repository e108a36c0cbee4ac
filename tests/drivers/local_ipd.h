#pragma once

// An IPD server of a site's own: the program, in a process of its own, since tests fork this one.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace muster::test {

class LocalIpd {
 public:
  /// What it keeps lies below `directory`.
  explicit LocalIpd(std::filesystem::path directory);
  ~LocalIpd();
  LocalIpd(const LocalIpd&) = delete;
  LocalIpd& operator=(const LocalIpd&) = delete;

  static constexpr const char* token = "not-a-real-token";
  std::string url() const;
  /// The version that runs there, empty when there is none.
  std::string version_of(const std::string& project) const;
  /// Nobody says any more that it is theirs.
  void forget_owner(const std::string& project);

 private:
  void start();
  int port_in_log() const;

  const std::filesystem::path directory_;
  pid_t process_ = -1;
  int port_ = 0;
};

}  // namespace muster::test
