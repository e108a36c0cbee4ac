#include "sandbox/guest.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <thread>

#include "sandbox/guest_ca.h"
#include "sandbox/guest_services.h"
#include "sandbox/guest_socks.h"
#include "sandbox/guest_tls.h"

namespace muster::sandbox {
namespace {

constexpr std::size_t most_guest_workers = 128;
constexpr int guest_backlog = 1024;

int checked(int result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// A file of our own in the directory for temporary files, removed with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content)
      : path_(
            (std::filesystem::temp_directory_path() / ("muster-sandbox-ca-" + std::string(6, 'X') + ".pem")).string()) {
    const int descriptor = checked(mkstemps(path_.data(), 4), "creating " + path_);
    const ssize_t written = write(descriptor, content.data(), content.size());
    close(descriptor);
    if (written != static_cast<ssize_t>(content.size()))
      throw std::system_error(errno, std::generic_category(), "writing " + path_);
  }
  ~TemporaryFile() {
    std::error_code gone_already;
    std::filesystem::remove(path_, gone_already);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A listening TCP socket on 127.0.0.1.
class Listener {
 public:
  explicit Listener(int port) : descriptor_(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
    const int on = 1;
    setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool listens = bind(descriptor_, generic, length) == 0 && listen(descriptor_, guest_backlog) == 0 &&
                         getsockname(descriptor_, generic, &length) == 0;
    if (!listens) {
      const int why = errno;
      close(descriptor_);
      throw std::system_error(why, std::generic_category(), fmt::format("listening on 127.0.0.1:{}", port));
    }
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  /// Blocks; negative on an error and after wake().
  int accept_one() { return accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC); }
  void wake() { shutdown(descriptor_, SHUT_RDWR); }

 private:
  int descriptor_;
  int port_ = 0;
};

}  // namespace

/// One thread accepts; workers, started as they are needed, play one connection each from greeting to end.
class GuestNetwork::Network {
 public:
  Network(World& world, GuestReach& reach, int port)
      : world_(world), reach_(reach), tls_(ca_), ca_file_(ca_.certificate_pem()), listener_(port) {}
  ~Network() { stop(); }

  int port() const { return listener_.port(); }
  const std::string& ca_file() const { return ca_file_.path(); }

  void start() {
    acceptor_ = std::thread([this] { accept_all(); });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (Connection* connection : playing_) connection->shut_down();
    }
    reach_.hurry();
    listener_.wake();
    changed_.notify_all();
    if (acceptor_.joinable()) acceptor_.join();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    waiting_.clear();
  }

 private:
  void accept_all() {
    while (true) {
      const int descriptor = listener_.accept_one();
      const int why = errno;
      std::unique_lock lock(mutex_);
      if (descriptor >= 0) waiting_.push_back(std::make_unique<Connection>(descriptor));
      if (stopping_) return;
      if (descriptor < 0) {
        // Out of descriptors, say: the client waits in the backlog until others have gone.
        if (why != EINTR && why != ECONNABORTED) changed_.wait_for(lock, std::chrono::milliseconds(50));
        continue;
      }
      if (waiting_.size() > idle_workers_ && workers_.size() < most_guest_workers)
        workers_.emplace_back([this] { work(); });
      changed_.notify_all();
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_workers_;
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      --idle_workers_;
      if (stopping_) return;
      const std::unique_ptr<Connection> connection = std::move(waiting_.front());
      waiting_.pop_front();
      playing_.insert(connection.get());
      lock.unlock();
      play(*connection);
      lock.lock();
      playing_.erase(connection.get());
    }
  }

  void play(Connection& connection) {
    try {
      if (const auto target = accept_socks(connection)) lead(connection, *target);
    } catch (const std::exception& error) {
      world_.ledger.changed("guest-network", "failure", error.what());
    }
  }

  void lead(Connection& connection, const SocksTarget& target) {
    const GuestAnswer answer = reach_.connect(target);
    if (answer.reset) connection.reset_on_close();
    if (!answer.reply || !reply_socks(connection, *answer.reply) || *answer.reply != SocksReply::succeeded) return;
    const GuestSite site{[this, &answer](const std::string& name) { return reach_.leads_to(name, answer.address); }};
    serve_guest_port(connection, target.port, tls_, site);
  }

  World& world_;
  GuestReach& reach_;
  GuestCa ca_;
  GuestTls tls_;
  TemporaryFile ca_file_;
  Listener listener_;
  std::thread acceptor_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Connection>> waiting_;
  std::set<Connection*> playing_;
  std::vector<std::thread> workers_;
  std::size_t idle_workers_ = 0;
  bool stopping_ = false;
};

GuestNetwork::GuestNetwork(World& world, GuestReach& reach, int port)
    : network_(std::make_unique<Network>(world, reach, port)) {}
GuestNetwork::~GuestNetwork() = default;

void GuestNetwork::start() { network_->start(); }
void GuestNetwork::stop() { network_->stop(); }
std::string GuestNetwork::proxy_url() const { return fmt::format("socks5h://127.0.0.1:{}", network_->port()); }
const std::string& GuestNetwork::ca_file() const { return network_->ca_file(); }

}  // namespace muster::sandbox
