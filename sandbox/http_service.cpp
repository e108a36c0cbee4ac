#include "sandbox/http_service.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "sandbox/call_pipeline.h"
#include "sandbox/http_connection.h"

namespace muster::sandbox {
namespace {

constexpr std::size_t most_workers = 256;
constexpr int backlog = 1024;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

int bind_loopback(int listener, int port) {
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto place = fmt::format("listening on 127.0.0.1:{}", port);
  checked(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), place.c_str());
  checked(listen(listener, backlog), place.c_str());
  socklen_t length = sizeof address;
  checked(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  return ntohs(address.sin_port);
}

}  // namespace

/// An acceptor thread watches the listener and all idle connections; workers, started as they are needed, serve those
/// that have something to say.
class HttpService::Server {
 public:
  Server(CallPipeline& pipeline, int port)
      : pipeline_(pipeline),
        listener_(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")),
        epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        wake_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")),
        port_(bind_loopback(listener_.get(), port)) {
    watch(EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
    watch(EPOLL_CTL_ADD, wake_.get(), EPOLLIN);
  }
  ~Server() { stop(); }

  int port() const { return port_; }

  void start() {
    acceptor_ = std::thread([this] { accept_and_watch(); });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (auto& [descriptor, connection] : connections_) connection->shut_down();
    }
    pipeline_.hurry();
    ready_or_stopping_.notify_all();
    eventfd_write(wake_.get(), 1);
    if (acceptor_.joinable()) acceptor_.join();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    connections_.clear();
  }

 private:
  void watch(int operation, int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    checked(epoll_ctl(epoll_.get(), operation, descriptor, &event), "epoll_ctl");
  }

  void accept_and_watch() {
    std::array<epoll_event, 64> events;
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == listener_.get()) {
          accept_all();
        } else if (connections_.count(descriptor) != 0) {
          hand_to_worker(descriptor);
        }
      }
    }
  }

  void accept_all() {
    while (true) {
      const int descriptor = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) return;
      connections_[descriptor] = std::make_unique<Connection>(descriptor);
      watch(EPOLL_CTL_ADD, descriptor, EPOLLIN | EPOLLONESHOT);
    }
  }

  void hand_to_worker(int descriptor) {
    ready_.push_back(descriptor);
    if (ready_.size() > idle_workers_ && workers_.size() < most_workers) {
      workers_.emplace_back([this] { work(); });
    }
    ready_or_stopping_.notify_one();
  }

  void work() {
    HttpExchange exchange([this](Request& request) { return pipeline_.process(request); },
                          pipeline_.closes_connections());
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_workers_;
      ready_or_stopping_.wait(lock, [this] { return stopping_ || !ready_.empty(); });
      --idle_workers_;
      if (stopping_) return;
      const int descriptor = ready_.front();
      ready_.pop_front();
      Connection& connection = *connections_.at(descriptor);
      lock.unlock();
      bool open = exchange.serve(connection);
      while (open && connection.has_buffered()) open = exchange.serve(connection);
      lock.lock();
      if (!open || stopping_) {
        connections_.erase(descriptor);
      } else {
        watch(EPOLL_CTL_MOD, descriptor, EPOLLIN | EPOLLONESHOT);
      }
    }
  }

  CallPipeline& pipeline_;
  Descriptor listener_;
  Descriptor epoll_;
  Descriptor wake_;
  const int port_;
  std::thread acceptor_;

  std::mutex mutex_;  // guards all below
  std::condition_variable ready_or_stopping_;
  std::map<int, std::unique_ptr<Connection>> connections_;
  std::deque<int> ready_;
  std::vector<std::thread> workers_;
  std::size_t idle_workers_ = 0;
  bool stopping_ = false;
};

HttpService::HttpService(World& world, const Options& options)
    : name_(options.name), pipeline_(std::make_unique<CallPipeline>(world, options)) {
  if (world.has_network) server_ = std::make_unique<Server>(*pipeline_, options.port);
}
HttpService::~HttpService() = default;

void HttpService::route(std::string method, std::string_view pattern, Handler handler) {
  pipeline_->router.add(std::move(method), pattern, std::move(handler));
}
void HttpService::fallback(Handler handler) { pipeline_->fallback = std::move(handler); }
void HttpService::finish(std::function<void(const Request&, Response&)> touch) { pipeline_->finish = std::move(touch); }
Outcome HttpService::call(Request& request) { return pipeline_->process(request); }
void HttpService::start() {
  if (server_) server_->start();
}
void HttpService::stop() {
  if (server_) server_->stop();
}
int HttpService::port() const { return server_ ? server_->port() : 0; }
std::string HttpService::url() const {
  return server_ ? fmt::format("http://127.0.0.1:{}", port()) : fmt::format("http://{}.sandbox", name_);
}

}  // namespace muster::sandbox
