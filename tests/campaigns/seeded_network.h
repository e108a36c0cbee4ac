#pragma once

// The way from a simulated process to a sandbox without sockets: how long a call takes, what arrives late and when the
// process dies is decided by the seed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "resources/net/network.h"
#include "sandbox/sandbox.h"
#include "tests/campaigns/seeded_threads.h"

namespace muster::test {

/// One for all processes of a simulation, one after the other.
class SeededNetwork : public net::Network {
 public:
  SeededNetwork(SeededThreads& threads, sandbox::Sandbox& cloud) : threads_(threads), cloud_(cloud) {}

  /// A process begins. It is ended by `die` at the event of that number, calls and statements alike: from then on
  /// nothing it sends arrives but what was on the way; 0: never.
  void begin_process(std::uint64_t last_event, std::function<void()> die);
  /// What was on the way when a process died has arrived by then.
  void deliver_all();
  bool is_dead() const { return is_dead_; }
  /// Something that a process may die at.
  void event();

  std::variant<net::HttpAnswer, net::Unanswered> send(const net::HttpRequest& request,
                                                      const std::stop_token& stop) override;
  std::variant<std::string, net::Unanswered> greeting(const std::string& host, int port,
                                                      const std::stop_token& stop) override;

 private:
  struct Late {
    std::chrono::nanoseconds at;
    net::HttpRequest request;
  };
  sandbox::Outcome arrive(const net::HttpRequest& request, const char* how);
  void travel();
  void deliver_due();

  SeededThreads& threads_;
  sandbox::Sandbox& cloud_;
  std::uint64_t events_ = 0;
  std::uint64_t last_event_ = 0;
  std::function<void()> die_;
  bool is_dead_ = false;
  std::vector<Late> late_;
};

}  // namespace muster::test
