#include "resources/guest/probe.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <cctype>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "resources/contract/error.h"
#include "resources/net/http.h"

namespace muster::guest {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds longest_probe{3'000};
constexpr const char* silent = ": connected, but no SSH server greets";
constexpr const char* not_ssh = ": what greets is no SSH server";

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, MultiDeleter>;

Error interrupted() { return Error(Fault::interrupted, "interrupted while a guest was looked at"); }

std::string in_lower_case(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

/// Why a connection did not come about, in the words of the network rather than of libcurl.
std::string why_not(CURL* easy, CURLcode code, const char* words) {
  if (code == CURLE_OPERATION_TIMEDOUT) return "no answer within 3 seconds";
  if (code == CURLE_PROXY) {
    CURLproxycode reply = CURLPX_OK;
    curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &reply);
    if (reply == CURLPX_REPLY_CONNECTION_REFUSED) return "connection refused";
    if (reply == CURLPX_REPLY_HOST_UNREACHABLE) return "host unreachable";
    if (reply == CURLPX_REPLY_NETWORK_UNREACHABLE) return "network unreachable";
  }
  long cause = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &cause);
  if (code != CURLE_COULDNT_CONNECT || cause == 0) return words[0] != '\0' ? words : curl_easy_strerror(code);
  return in_lower_case(std::generic_category().message(static_cast<int>(cause)));
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

/// One connection, made by libcurl and then left to us. Every wait ends at once when `stop` is asked for.
class Connection {
 public:
  Connection(const std::string& host, int port, const Route& route, std::stop_token stop);
  ~Connection() { curl_multi_remove_handle(multi_.get(), easy_.get()); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  CURLcode open();
  /// Of an open() that failed.
  std::string why_not(CURLcode code) const { return guest::why_not(easy_.get(), code, words_.data()); }
  /// What has come, after waiting for it; empty when the connection ended or the time is over.
  std::string receive();

 private:
  void wait(curl_waitfd* more, unsigned count, std::chrono::milliseconds longest);

  const Instant deadline_ = std::chrono::steady_clock::now() + longest_probe;
  std::array<char, CURL_ERROR_SIZE> words_{};
  Multi multi_{curl_multi_init()};
  Easy easy_{curl_easy_init()};
  std::stop_token stop_;
};

Connection::Connection(const std::string& host, int port, const Route& route, std::stop_token stop)
    : stop_(std::move(stop)) {
  if (!multi_ || !easy_) throw Error(Fault::permanent, "libcurl cannot be initialised");
  CURL* const easy = easy_.get();
  // The scheme says nothing here: the connection is made and left to us.
  curl_easy_setopt(easy, CURLOPT_URL, fmt::format("http://{}:{}/", bracketed(host), port).c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, route.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(longest_probe.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words_.data());
  if (curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
    throw Error(Fault::permanent, "libcurl cannot be initialised");
  }
}

CURLcode Connection::open() {
  for (;;) {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    if (running == 0) return CURLE_FAILED_INIT;
    wait(nullptr, 0, longest_probe);
  }
}

std::string Connection::receive() {
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy_.get(), CURLINFO_ACTIVESOCKET, &socket);
  for (;;) {
    std::array<char, 512> buffer{};
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(easy_.get(), buffer.data(), buffer.size(), &count);
    if (code == CURLE_OK) return {buffer.data(), count};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    if (code != CURLE_AGAIN || left.count() <= 0) return {};
    curl_waitfd readable{socket, CURL_WAIT_POLLIN, 0};
    wait(&readable, 1, left);
  }
}

void Connection::wait(curl_waitfd* more, unsigned count, std::chrono::milliseconds longest) {
  const std::stop_callback wake(stop_, [this] { curl_multi_wakeup(multi_.get()); });
  if (!stop_.stop_requested()) {
    curl_multi_poll(multi_.get(), more, count, static_cast<int>(longest.count()), nullptr);
  }
  if (stop_.stop_requested()) throw interrupted();
}

/// What the other side sends until it has sent a whole line that begins with "SSH-"; other lines may come before it
/// (RFC 4253 section 4.2). Nothing when the connection ends, the time is over, or it talks of something else.
std::optional<std::string> identification(Connection& connection, std::string& heard) {
  constexpr std::size_t longest_greeting = 8'192;
  while (heard.size() < longest_greeting) {
    const std::string more = connection.receive();
    if (more.empty()) return std::nullopt;
    heard += more;
    for (std::size_t line = 0, end = heard.find('\n'); end != std::string::npos; end = heard.find('\n', line)) {
      const std::string text = heard.substr(line, end - line);
      if (text.starts_with("SSH-")) return text.substr(0, text.find('\r'));
      line = end + 1;
    }
  }
  return std::nullopt;
}

std::string place_of(const Probe& probe) { return fmt::format("{} port {}", probe.host, probe.port); }

Finding look_at_port(const Probe& probe, const Route& route, std::stop_token stop) {
  const std::string where = place_of(probe);
  Connection connection(probe.host, probe.port, route, std::move(stop));
  const CURLcode code = connection.open();
  if (code != CURLE_OK) {
    // A guest behind a proxy is refused in the proxy's reply; any other end of the attempt is the proxy's own.
    const bool is_proxy = !route.proxy.empty() && (code == CURLE_COULDNT_CONNECT ||
                                                   code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_URL_MALFORMAT);
    return {false, fmt::format("{}: {}", is_proxy ? "the guest proxy " + route.proxy + " (MUSTER_GUEST_PROXY)" : where,
                               connection.why_not(code))};
  }
  if (probe.type == Probe::Type::tcp) return {true, where + " accepts connections"};

  std::string heard;
  if (auto greeting = identification(connection, heard)) return {true, std::move(*greeting)};
  return {false, where + (heard.empty() ? silent : not_ssh)};
}

Finding look_at_port(const Probe& probe, net::Network& network, const std::stop_token& stop) {
  const std::string where = place_of(probe);
  const auto end = network.greeting(probe.host, probe.port, stop);
  if (stop.stop_requested()) throw interrupted();
  if (const auto* lost = std::get_if<net::Unanswered>(&end)) return {false, where + ": " + lost->cause};
  if (probe.type == Probe::Type::tcp) return {true, where + " accepts connections"};
  const auto& heard = std::get<std::string>(end);
  if (heard.starts_with("SSH-")) return {true, heard};
  return {false, where + (heard.empty() ? silent : not_ssh)};
}

Finding look_at_page(const Probe& probe, net::HttpClient& client, const std::stop_token& stop) {
  net::HttpRequest request;
  request.url = probe.url;
  request.timeout = longest_probe;
  request.connect_timeout = longest_probe;
  try {
    const net::HttpAnswer answer = client.send(request, Access::read, stop);
    return {answer.status >= 200 && answer.status < 400, fmt::format("{} answers {}", probe.url, answer.status)};
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    return {false, error.message()};
  }
}

net::HttpOptions options_of(const Route& route, bool verify) {
  net::HttpOptions options;
  options.user_agent = "muster/" MUSTER_VERSION;
  options.ca_file = route.ca_file;
  options.verify_peer = verify;
  options.proxy = route.proxy;
  options.answer_limit = 16u << 20;
  return options;
}

}  // namespace

class Prober::Clients {
 public:
  Clients(const Route& route, net::Network* network)
      : verifying(options_of(route, true), network), trusting(options_of(route, false), network) {}
  net::HttpClient verifying;
  net::HttpClient trusting;
};

Prober::Prober(Route route, net::Network* network)
    : route_(std::move(route)), network_(network), clients_(std::make_unique<Clients>(route_, network)) {}
Prober::~Prober() = default;

Finding Prober::look(const Probe& probe, const std::stop_token& stop) const {
  switch (probe.type) {
    case Probe::Type::ssh:
    case Probe::Type::tcp:
      return network_ == nullptr ? look_at_port(probe, route_, stop) : look_at_port(probe, *network_, stop);
    case Probe::Type::http:
    case Probe::Type::https:
      return look_at_page(probe, probe.verify_tls ? clients_->verifying : clients_->trusting, stop);
  }
  throw Error(Fault::permanent, "a probe of a type that does not exist");
}

}  // namespace muster::guest
