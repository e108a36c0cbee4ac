#include "resources/guest/fixture_for_test.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace muster::guest {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

struct Listener {
  int descriptor = -1;
  sockaddr_in address{};
};

Listener listener_on_loopback(int backlog) {
  Listener listener;
  listener.descriptor = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  listener.address.sin_family = AF_INET;
  listener.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&listener.address);
  socklen_t length = sizeof listener.address;
  checked(bind(listener.descriptor, address, length), "bind");
  checked(getsockname(listener.descriptor, address, &length), "getsockname");
  checked(listen(listener.descriptor, backlog), "listen");
  return listener;
}

}  // namespace

GreetingPort::GreetingPort(std::string greeting, int together)
    : greeting_(std::move(greeting)), together_(static_cast<std::size_t>(together)) {
  const Listener listener = listener_on_loopback(SOMAXCONN);
  listener_ = listener.descriptor;
  port_ = ntohs(listener.address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

GreetingPort::~GreetingPort() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
}

void GreetingPort::accept_all() {
  std::vector<int> waiting;
  while (!stopping_) {
    const int peer = accept(listener_, nullptr, nullptr);
    if (peer < 0) break;
    waiting.push_back(peer);
    if (waiting.size() < together_) continue;
    for (const int one : waiting) {
      // A peer that has gone already is no failure of the test.
      static_cast<void>(send(one, greeting_.data(), greeting_.size(), MSG_NOSIGNAL));
      close(one);
    }
    waiting.clear();
  }
  for (const int one : waiting) close(one);
}

// The kernel accepts for a listener until its queue is full, and drops what comes then.
SilentPort::SilentPort(bool accepts) {
  const Listener listener = listener_on_loopback(accepts ? SOMAXCONN : 0);
  listener_ = listener.descriptor;
  port_ = ntohs(listener.address.sin_port);
  if (accepts) return;
  queued_.push_back(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  checked(connect(queued_[0], reinterpret_cast<const sockaddr*>(&listener.address), sizeof listener.address),
          "connect");
}

SilentPort::~SilentPort() {
  for (const int one : queued_) close(one);
  close(listener_);
}

Resource sample_check(const std::string& type, int port, const std::string& incarnation) {
  Resource resource;
  resource.id = {"guest.check", fmt::format("my-event/abcde/{}-{}", type, port)};
  resource.wanted = Map{{"host", "127.0.0.1"}, {"incarnation", incarnation}, {"port", port}, {"type", type}};
  return resource;
}

}  // namespace muster::guest
