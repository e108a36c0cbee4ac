#pragma once

// A TCP server on loopback that reads HTTP requests and answers with the very bytes a test wants, or none.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace muster::net {

class LoopbackServer {
 public:
  struct Reply {
    enum class Then {
      keep,   ///< the connection stays open for the next request
      close,  ///< FIN
      reset,  ///< RST
      hold,   ///< nothing more until the server goes away
    };
    std::string bytes;
    Then then = Then::keep;
  };
  struct Received {
    int connection = 0;  ///< counts from 1
    std::string text;    ///< head and body
  };
  /// Called on a thread of the server's, one call at a time.
  using Script = std::function<Reply(const Received&)>;

  explicit LoopbackServer(Script script);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string url(const std::string& path = "/") const;
  std::vector<Received> received() const;
  /// Blocks until `count` requests have arrived whole.
  void wait_for(std::size_t count) const;

 private:
  void accept_all();
  void serve(int descriptor, int connection);

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex script_mutex_;
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::vector<Received> received_;
  std::vector<int> open_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

/// A whole answer with Content-Length.
std::string answer_bytes(int status, const std::string& body, const std::string& more_headers = {});
/// A port of loopback on which nothing listens.
int closed_port();

}  // namespace muster::net
