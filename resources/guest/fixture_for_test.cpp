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

}  // namespace

GreetingPort::GreetingPort(std::string greeting, int together)
    : greeting_(std::move(greeting)), together_(static_cast<std::size_t>(together)) {
  listener_ = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  socklen_t length = sizeof address;
  checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  port_ = ntohs(address.sin_port);
  checked(listen(listener_, 64), "listen");
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

Resource sample_check(const std::string& type, int port, const std::string& incarnation) {
  Resource resource;
  resource.id = {"guest.check", fmt::format("my-event/abcde/{}-{}", type, port)};
  resource.wanted = Map{{"host", "127.0.0.1"}, {"incarnation", incarnation}, {"port", port}, {"type", type}};
  return resource;
}

}  // namespace muster::guest
