#pragma once

// A real sshd on loopback with keys of its own, and an ssh that finds it under the name "lock-host".

#include <sys/types.h>

#include <string>
#include <vector>

#include "state/child_for_test.h"

namespace muster::test {

class Sshd {
 public:
  /// `path`: what commands find their programs by; empty: the usual. Fails the test when there is no sshd.
  explicit Sshd(const std::string& path = {});
  ~Sshd();
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;

  /// The program and its first arguments: what MUSTER_SSH takes.
  std::vector<std::string> ssh(const std::string& variant = "ssh_config") const;
  std::string ssh_text(const std::string& variant = "ssh_config") const;
  /// Ends the connections that are open, and not the server.
  void drop_connections() const;

 private:
  void write_keys() const;
  void write_configuration(const std::string& path, int port) const;
  bool accepts(int port) const;

  state::TemporaryDirectory directory_;
  int place_ = -1;  ///< bound to the port as well, so that the system gives it to nobody else before sshd begins
  pid_t server_ = -1;
};

}  // namespace muster::test
