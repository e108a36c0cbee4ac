#include "resources/net/loopback_server_for_test.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace muster::net {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

int bound_socket(int& port) {
  const int descriptor = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  socklen_t length = sizeof address;
  checked(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  port = ntohs(address.sin_port);
  return descriptor;
}

/// Head and body of the next request; empty at the end of the connection.
std::string read_request(int descriptor) {
  std::string text;
  std::size_t wanted = std::string::npos;
  while (text.size() < wanted) {
    std::array<char, 4096> buffer;
    const ssize_t count = recv(descriptor, buffer.data(), buffer.size(), 0);
    if (count <= 0) return {};
    text.append(buffer.data(), static_cast<std::size_t>(count));
    const auto head = text.find("\r\n\r\n");
    if (wanted != std::string::npos || head == std::string::npos) continue;
    const char* length = strcasestr(text.c_str(), "\r\ncontent-length:");
    wanted = head + 4 + (length == nullptr ? 0 : std::stoul(length + 17));
  }
  return text;
}

void send_all(int descriptor, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = send(descriptor, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace

LoopbackServer::LoopbackServer(Script script) : script_(std::move(script)) {
  listener_ = bound_socket(port_);
  checked(listen(listener_, 64), "listen");
  acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : open_) shutdown(descriptor, SHUT_RDWR);
  }
  for (std::thread& connection : connections_) connection.join();
  close(listener_);
}

std::string LoopbackServer::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

std::vector<LoopbackServer::Received> LoopbackServer::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void LoopbackServer::wait_for(std::size_t count) const {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [&] { return received_.size() >= count; });
}

void LoopbackServer::accept_all() {
  for (int connection = 1;; ++connection) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const std::lock_guard lock(mutex_);
    open_.push_back(descriptor);
    connections_.emplace_back([this, descriptor, connection] { serve(descriptor, connection); });
  }
}

void LoopbackServer::serve(int descriptor, int connection) {
  auto then = Reply::Then::keep;
  while (then == Reply::Then::keep) {
    const std::string text = read_request(descriptor);
    if (text.empty()) break;
    const Received received{connection, text};
    {
      const std::lock_guard lock(mutex_);
      received_.push_back(received);
      arrived_.notify_all();
    }
    Reply reply;
    {
      const std::lock_guard lock(script_mutex_);
      reply = script_(received);
    }
    send_all(descriptor, reply.bytes);
    then = reply.then;
  }
  if (then == Reply::Then::hold) static_cast<void>(read_request(descriptor));
  if (then == Reply::Then::reset) {
    const linger at_once{1, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), descriptor));
  close(descriptor);
}

std::string answer_bytes(int status, const std::string& body, const std::string& more_headers) {
  return fmt::format("HTTP/1.1 {} Words\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), more_headers, body);
}

int closed_port() {
  int port = 0;
  close(bound_socket(port));
  return port;
}

}  // namespace muster::net
