#pragma once

// Stands before a service and, now and then, refuses a request with all that it said: what a careless front end does.

#include <memory>
#include <set>
#include <string>

namespace muster::test {

/// Listens on loopback from construction to destruction. Thread-safe.
class EchoingProxy {
 public:
  /// `origin`: the root of the service, without a slash at its end.
  explicit EchoingProxy(const std::string& origin);
  ~EchoingProxy();
  EchoingProxy(const EchoingProxy&) = delete;
  EchoingProxy& operator=(const EchoingProxy&) = delete;

  std::string url() const;
  /// In answers `text` becomes `other`: the URLs of a catalog. Before the first request.
  void rewrite(std::string text, std::string other);
  /// One request in `out_of` is refused, with another status and in another encoding each time; 0: none.
  void refuse(int out_of);
  int refused() const;
  /// Every X-Subject-Token and access_token that was given out.
  std::set<std::string> tokens() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace muster::test
