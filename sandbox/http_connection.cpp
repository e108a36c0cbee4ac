#include "sandbox/http_connection.h"

#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace muster::sandbox {
namespace {

constexpr timeval io_timeout{30, 0};
/// The first byte of a client that begins with TLS (RFC 8446, section 5.1): no method begins like that.
constexpr char tls_handshake = 22;
constexpr std::size_t largest_body = 64 * 1024 * 1024;

/// httplib's view of a connection: reads from it, keeps what httplib writes until the whole answer is known.
class CollectingStream : public httplib::Stream {
 public:
  explicit CollectingStream(Connection& connection) : connection_(connection) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    // "100 Continue" must go out before the body can come in.
    if (!connection_.has_buffered() && !written_.empty()) flush();
    return connection_.read(to, size);
  }
  ssize_t write(const char* from, std::size_t size) override {
    written_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = "127.0.0.1";
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override { get_remote_ip_and_port(ip, port); }
  // httplib refuses descriptors that select() cannot hold; it never selects on this one.
  socket_t socket() const override { return 0; }

  bool flush() {
    const bool sent = connection_.write(written_);
    written_.clear();
    return sent;
  }
  void cut_body_to(std::size_t bytes) {
    const std::size_t body = written_.find("\r\n\r\n");
    if (body != std::string::npos) written_.resize(std::min(written_.size(), body + 4 + bytes));
  }

 private:
  Connection& connection_;
  std::string written_;
};

Request request_of(const httplib::Request& from) {
  Request to;
  to.method = from.method;
  to.path = from.path;
  to.target = from.target;
  to.query.insert(from.params.begin(), from.params.end());
  to.headers.assign(from.headers.begin(), from.headers.end());
  to.body = from.body;
  return to;
}

}  // namespace

Connection::Connection(int descriptor) : descriptor_(descriptor) {
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &io_timeout, sizeof io_timeout);
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &io_timeout, sizeof io_timeout);
}

Connection::~Connection() { close(descriptor_); }

void Connection::reset_on_close() {
  const linger now{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Connection::shut_down() { shutdown(descriptor_, SHUT_RDWR); }

long Connection::receive() {
  received_.resize(16384);
  position_ = 0;
  ssize_t count = 0;
  do {
    count = recv(descriptor_, received_.data(), received_.size(), 0);
  } while (count < 0 && errno == EINTR);
  received_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return count;
}

std::optional<char> Connection::peek() {
  if (!has_buffered() && receive() <= 0) return std::nullopt;
  return received_[position_];
}

long Connection::read(char* to, std::size_t size) {
  if (!has_buffered()) {
    if (const long count = receive(); count <= 0) return count;
  }
  const std::size_t taken = std::min(size, received_.size() - position_);
  std::memcpy(to, received_.data() + position_, taken);
  position_ += taken;
  return static_cast<long>(taken);
}

bool Connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

class HttpExchange::Parser : private httplib::Server {
 public:
  Parser(Process process, bool close_always) : process_(std::move(process)), close_always_(close_always) {
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
    };
    Get(".*", handler).Post(".*", handler).Put(".*", handler).Patch(".*", handler).Delete(".*", handler);
    Options(".*", handler);
    set_payload_max_length(largest_body);
    set_keep_alive_max_count(1'000'000);
    set_keep_alive_timeout(75);
  }

  bool serve(Connection& connection) {
    const auto first = connection.peek();
    if (!first) return false;
    if (*first == tls_handshake) {
      // httplib would wait for the end of its first line.
      connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return false;
    }
    CollectingStream stream(connection);
    outcome_ = Outcome{};
    bool close_wanted = false;
    const auto prepare = [](httplib::Request& request) {
      request.headers.erase("Accept-Encoding");
      // RFC 9112 section 6.3: a request that declares no body has none; httplib would wait for one.
      const bool declares_body = request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
      if (!declares_body) request.headers.emplace("Content-Length", "0");
    };
    const bool handled = process_next(*this, stream, close_wanted, prepare);
    if (!outcome_.answer) {
      if (outcome_.reset) connection.reset_on_close();
      return false;
    }
    const bool cut = outcome_.body_bytes < outcome_.response.body.size();
    if (cut) stream.cut_body_to(outcome_.body_bytes);
    const bool sent = stream.flush();
    return handled && sent && !cut && !close_wanted && !close_always_;
  }

 private:
  /// What httplib asks for here grew between the releases of Debian 12 (0.11) and of Debian 13 (0.18).
  template <typename Server, typename Prepare>
  static bool process_next(Server& self, httplib::Stream& stream, bool& close_wanted, const Prepare& prepare) {
    if constexpr (requires { self.process_request(stream, self.close_always_, close_wanted, prepare); }) {
      return self.process_request(stream, self.close_always_, close_wanted, prepare);
    } else {
      const std::string peer = "127.0.0.1";
      return self.process_request(stream, peer, 0, peer, 0, self.close_always_, close_wanted, prepare);
    }
  }

  void handle(const httplib::Request& from, httplib::Response& to) {
    Request request = request_of(from);
    outcome_ = process_(request);
    to.status = outcome_.response.status;
    for (const auto& [name, value] : outcome_.response.headers) to.headers.emplace(name, value);
    to.body = outcome_.response.body;
  }

  Process process_;
  bool close_always_;
  Outcome outcome_;
};

HttpExchange::HttpExchange(Process process, bool close_always)
    : parser_(std::make_unique<Parser>(std::move(process), close_always)) {}
HttpExchange::~HttpExchange() = default;

bool HttpExchange::serve(Connection& connection) { return parser_->serve(connection); }

}  // namespace muster::sandbox
