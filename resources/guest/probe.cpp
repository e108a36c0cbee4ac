#include "resources/guest/probe.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cctype>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "resources/contract/error.h"
#include "resources/net/http.h"

namespace muster::guest {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds longest_probe{3'000};

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

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

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

/// What the other side sends until it has sent a whole line that begins with "SSH-"; other lines may come before it
/// (RFC 4253 section 4.2). Nothing when the connection ends, the time is over, or it talks of something else.
std::optional<std::string> identification(CURL* easy, Instant deadline, std::string& heard) {
  constexpr std::size_t longest_greeting = 8'192;
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
  while (heard.size() < longest_greeting) {
    std::array<char, 512> buffer{};
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(easy, buffer.data(), buffer.size(), &count);
    if (code == CURLE_AGAIN) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd wait{socket, POLLIN, 0};
      if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
      continue;
    }
    if (code != CURLE_OK || count == 0) return std::nullopt;
    heard.append(buffer.data(), count);
    for (std::size_t line = 0, end = heard.find('\n'); end != std::string::npos; end = heard.find('\n', line)) {
      const std::string text = heard.substr(line, end - line);
      if (text.starts_with("SSH-")) return text.substr(0, text.find('\r'));
      line = end + 1;
    }
  }
  return std::nullopt;
}

Finding look_at_port(const Probe& probe, const Route& route) {
  const Instant deadline = std::chrono::steady_clock::now() + longest_probe;
  const std::string where = fmt::format("{} port {}", probe.host, probe.port);
  const Easy easy(curl_easy_init());
  if (!easy) throw Error(Fault::permanent, "libcurl cannot be initialised");
  std::array<char, CURL_ERROR_SIZE> words{};
  // The scheme says nothing here: the connection is made and left to us.
  curl_easy_setopt(easy.get(), CURLOPT_URL, fmt::format("http://{}:{}/", bracketed(probe.host), probe.port).c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, route.proxy.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(longest_probe.count()));
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, words.data());
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    // A guest behind a proxy is refused in the proxy's reply; any other end of the attempt is the proxy's own.
    const bool is_proxy = !route.proxy.empty() && code == CURLE_COULDNT_CONNECT;
    return {false, fmt::format("{}: {}", is_proxy ? "the guest proxy " + route.proxy : where,
                               why_not(easy.get(), code, words.data()))};
  }
  if (probe.type == Probe::Type::tcp) return {true, where + " accepts connections"};

  std::string heard;
  if (auto greeting = identification(easy.get(), deadline, heard)) return {true, std::move(*greeting)};
  return {false, where + (heard.empty() ? ": connected, but no SSH server greets" : ": what greets is no SSH server")};
}

Finding look_at_page(const Probe& probe, net::HttpClient& client, std::stop_token stop) {
  net::HttpRequest request;
  request.url = probe.url;
  request.timeout = longest_probe;
  request.connect_timeout = longest_probe;
  try {
    const net::HttpAnswer answer = client.send(request, std::move(stop));
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
  explicit Clients(const Route& route) : verifying(options_of(route, true)), trusting(options_of(route, false)) {}
  net::HttpClient verifying;
  net::HttpClient trusting;
};

Prober::Prober(Route route) : route_(std::move(route)), clients_(std::make_unique<Clients>(route_)) {}
Prober::~Prober() = default;

Finding Prober::look(const Probe& probe, std::stop_token stop) const {
  switch (probe.type) {
    case Probe::Type::ssh:
    case Probe::Type::tcp: return look_at_port(probe, route_);
    case Probe::Type::http:
    case Probe::Type::https:
      return look_at_page(probe, probe.verify_tls ? clients_->verifying : clients_->trusting, std::move(stop));
  }
  throw Error(Fault::permanent, "a probe of a type that does not exist");
}

}  // namespace muster::guest
