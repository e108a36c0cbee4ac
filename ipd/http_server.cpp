#include "ipd/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

constexpr unsigned most_connections = 1000;
constexpr unsigned most_of_one_address = most_connections / 2;  ///< a proxy is one too
constexpr unsigned longest_silence = 60;                        ///< seconds, of a connection
constexpr std::size_t stack_size = 512 * 1024;
constexpr std::size_t connection_memory = 256 * 1024;
constexpr std::size_t form_memory = 128 * 1024;

std::string header_name(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return result;
}

MHD_Result take_header(void* headers, MHD_ValueKind, const char* name, const char* value) {
  (*static_cast<std::map<std::string, std::string>*>(headers))[header_name(name)] = value != nullptr ? value : "";
  return MHD_YES;
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address != nullptr && address->sa_family == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &four->sin_addr, text.data(), text.size());
  } else if (address != nullptr && address->sa_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(address);
    ::inet_ntop(AF_INET6, &six->sin6_addr, text.data(), text.size());
  }
  return text.data();
}

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

Request request_of(MHD_Connection* connection, const char* url, const char* method) {
  Request request;
  request.method = method;
  request.path = url;
  MHD_get_connection_values(connection, MHD_HEADER_KIND, &take_header, &request.headers);
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  request.client = text_of(info != nullptr ? info->client_addr : nullptr);
  // Only a proxy on this machine is believed.
  if (const std::string real = request.header("x-real-ip"); is_loopback(request.client) && !real.empty())
    request.client = real;
  const std::string length = request.header("content-length");
  std::int64_t bytes = 0;
  const auto [end, fault] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (!length.empty() && fault == std::errc{} && end == length.data() + length.size()) request.content_length = bytes;
  return request;
}

/// Digesting an upload may fill a core, and whoever asks for a status is not to wait for it. Of this thread alone
/// (setpriority(2), "C library/kernel differences"), which is the connection's; without it nothing is lost.
void yield_to_others() {
  constexpr int lower = 5;
  ::setpriority(PRIO_PROCESS, 0, lower);
}

bool has_body(const Request& request) {
  return request.content_length > 0 || !request.header("transfer-encoding").empty();
}

MHD_Result answer(MHD_Connection* connection, const Response& response, bool closes) {
  MHD_Response* made = MHD_create_response_from_buffer(response.body.size(), const_cast<char*>(response.body.data()),
                                                       MHD_RESPMEM_MUST_COPY);
  if (made == nullptr) return MHD_NO;
  MHD_add_response_header(made, MHD_HTTP_HEADER_CONTENT_TYPE, response.type.c_str());
  for (const auto& [name, value] : response.headers) MHD_add_response_header(made, name.c_str(), value.c_str());
  if (closes) MHD_add_response_header(made, MHD_HTTP_HEADER_CONNECTION, "close");
  const MHD_Result result = MHD_queue_response(connection, static_cast<unsigned>(response.status), made);
  MHD_destroy_response(made);
  return result;
}

/// One request while its body arrives: for its reader, or, where there is none, the answer that is ready.
struct Exchange {
  struct Free {
    void operator()(MHD_PostProcessor* processor) const noexcept { MHD_destroy_post_processor(processor); }
  };

  Response response;
  std::unique_ptr<FormReader> reader;
  std::unique_ptr<MHD_PostProcessor, Free> form;
  bool is_broken = false;

  static MHD_Result take_part(void* self, MHD_ValueKind, const char* name, const char* file_name, const char*,
                              const char*, const char* data, std::uint64_t offset, std::size_t size) {
    static_cast<Exchange*>(self)->reader->part(name != nullptr ? name : "", file_name != nullptr,
                                               file_name != nullptr ? file_name : "", offset, {data, size});
    return MHD_YES;
  }
};

bool is_ipv6(const HttpOptions& options) { return options.address.find(':') != std::string::npos; }

socklen_t fill(sockaddr_storage& address, const HttpOptions& options, bool is_six) {
  if (is_six) {
    auto* six = reinterpret_cast<sockaddr_in6*>(&address);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(options.port));
    ::inet_pton(AF_INET6, options.address.c_str(), &six->sin6_addr);
    return sizeof *six;
  }
  auto* four = reinterpret_cast<sockaddr_in*>(&address);
  four->sin_family = AF_INET;
  four->sin_port = htons(static_cast<std::uint16_t>(options.port));
  ::inet_pton(AF_INET, options.address.c_str(), &four->sin_addr);
  return sizeof *four;
}

/// Bound and listening; the library's own words for what the system refuses are lost in some of its versions.
int listening_socket(const HttpOptions& options) {
  const bool is_six = is_ipv6(options);
  sockaddr_storage address{};
  const socklen_t length = fill(address, options, is_six);
  const int made = ::socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int yes = 1;
  // As the library would: an IPv4 address is listened on by its own name.
  const bool is_plain = !is_six || ::setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0;
  if (made >= 0 && is_plain && ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
      ::bind(made, reinterpret_cast<sockaddr*>(&address), length) == 0 && ::listen(made, SOMAXCONN) == 0)
    return made;
  const int error = errno;
  if (made >= 0) ::close(made);
  throw Error(Fault::usage,
              fmt::format("cannot listen on {} port {}: {}", options.address, options.port, std::strerror(error)),
              "another program listens there, or the address is not this machine's: change WEBADDRESS or WEBPORT");
}

int port_of(int listening) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  // Both kinds have it in the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Response plain(std::string text, int status) { return {status, std::move(text), "text/html; charset=utf-8", {}}; }

Response refusal(int status, std::string body, const std::string& why) {
  Response response = plain(std::move(body), status);
  response.headers["Ipd-Reason"] = why;
  return response;
}

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

class HttpServer::Daemon {
 public:
  Daemon(const HttpOptions& options, Handle handle) : handle_(std::move(handle)) {
    const int listening = listening_socket(options);
    port_ = port_of(listening);
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC;
    if (is_ipv6(options)) flags |= MHD_USE_IPv6;
    std::vector<MHD_OptionItem> more;
    if (!options.tls_certificate.empty()) {
      flags |= MHD_USE_TLS;
      more.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(options.tls_certificate.c_str())});
      more.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(options.tls_key.c_str())});
    }
    more.push_back({MHD_OPTION_END, 0, nullptr});
    daemon_.reset(MHD_start_daemon(
        flags, static_cast<std::uint16_t>(port_), nullptr, nullptr, &Daemon::take, this, MHD_OPTION_LISTEN_SOCKET,
        listening, MHD_OPTION_NOTIFY_COMPLETED, &Daemon::completed, this, MHD_OPTION_CONNECTION_LIMIT, most_connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, most_of_one_address, MHD_OPTION_CONNECTION_TIMEOUT, longest_silence,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory, MHD_OPTION_THREAD_STACK_SIZE, stack_size,
        MHD_OPTION_ARRAY, more.data(), MHD_OPTION_END));
    if (!daemon_) throw refused(options);
  }

  ~Daemon() {
    daemon_.reset();
    if (quiet_ != MHD_INVALID_SOCKET) ::close(quiet_);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  int port() const { return port_; }

  void stop_listening() {
    quiet_ = MHD_quiesce_daemon(daemon_.get());
    // Closed at the end: the library may look at it until then.
    if (quiet_ != MHD_INVALID_SOCKET) ::shutdown(quiet_, SHUT_RDWR);
  }

 private:
  struct Stop {
    void operator()(MHD_Daemon* daemon) const noexcept { MHD_stop_daemon(daemon); }
  };

  /// It says nothing of keys, which are all that is left to be wrong.
  static Error refused(const HttpOptions& options) {
    if (options.tls_certificate.empty()) return Error(Fault::permanent, "libmicrohttpd does not start");
    return Error(Fault::usage, "cannot use this TLS certificate and key",
                 "see that TLS_CERTIFICATE and TLS_KEY are PEM and belong together");
  }

  static MHD_Result take(void* self, MHD_Connection* connection, const char* url, const char* method, const char*,
                         const char* data, std::size_t* size, void** state) {
    return static_cast<Daemon*>(self)->take(connection, url, method, data, size, state);
  }

  /// First call: the header alone. Then the body piece by piece, and once more without any.
  MHD_Result take(MHD_Connection* connection, const char* url, const char* method, const char* data, std::size_t* size,
                  void** state) {
    if (*state == nullptr) {
      const Request request = request_of(connection, url, method);
      Verdict verdict = handle_(request);
      // A body that nobody reads is not waited for; without one the connection goes on, which an answer at this first
      // call would end.
      if (!verdict.reader && has_body(request)) return answer(connection, verdict.response, true);
      auto exchange = std::make_unique<Exchange>();
      exchange->response = std::move(verdict.response);
      exchange->reader = std::move(verdict.reader);
      if (exchange->reader) {
        yield_to_others();
        exchange->form.reset(MHD_create_post_processor(connection, form_memory, &Exchange::take_part, exchange.get()));
        exchange->is_broken = !exchange->form;  // it is no form
      }
      *state = exchange.release();
      return MHD_YES;
    }
    auto& exchange = *static_cast<Exchange*>(*state);
    if (*size > 0) {
      if (!exchange.is_broken && MHD_post_process(exchange.form.get(), data, *size) != MHD_YES)
        exchange.is_broken = true;
      *size = 0;
      return MHD_YES;
    }
    if (!exchange.reader) return answer(connection, exchange.response, false);
    if (exchange.form && MHD_destroy_post_processor(exchange.form.release()) != MHD_YES) exchange.is_broken = true;
    return answer(connection, exchange.reader->end(!exchange.is_broken), exchange.is_broken);
  }

  /// Also when the client went away in the middle: what its reader holds is dropped.
  static void completed(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*state));
    *state = nullptr;
  }

  Handle handle_;
  std::unique_ptr<MHD_Daemon, Stop> daemon_;
  int port_ = 0;
  MHD_socket quiet_ = MHD_INVALID_SOCKET;  ///< that was listened on
};

HttpServer::HttpServer(const HttpOptions& options, Handle handle)
    : daemon_(std::make_unique<Daemon>(options, std::move(handle))) {}
HttpServer::~HttpServer() = default;
int HttpServer::port() const { return daemon_->port(); }
void HttpServer::stop_listening() { daemon_->stop_listening(); }

}  // namespace muster::ipd
