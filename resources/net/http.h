#pragma once

// HTTP over libcurl: owned handles, and every way a request can end mapped to an answer or a fault.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/error.h"

namespace muster::net {

class Network;

enum class Method { get, head, post, put, patch, remove };
std::string_view to_string(Method method);  ///< "GET", ... "DELETE"

/// One part of a multipart/form-data body (RFC 7578).
struct FormPart {
  std::string name;
  std::string text{};                    ///< what it holds
  std::string file{};                    ///< or the path of a file that holds it, read while it is sent
  std::optional<std::string> sent_as{};  ///< its file name; without one it is no file part
  /// Of a file: 64 hex digits. Where it holds something else by now, the request is broken off before its last byte
  /// with Error(conflict). Empty: whatever it holds is sent.
  std::string sha256{};
};

struct HttpRequest {
  Method method = Method::get;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<FormPart> form{};  ///< in place of `body` and its Content-Type
  /// Told on the sending thread how many bytes of a form have left, and of how many.
  std::function<void(std::int64_t sent, std::int64_t all)> form_progress{};
  /// A request of which nothing has moved for so long has timed out; zero: only `timeout` counts.
  std::chrono::seconds stall_limit{0};
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  /// A POST that is safe to repeat (a token request, a refresh) may say so; a PATCH or POST is not by default.
  std::optional<bool> idempotent;
  /// Asks for a token and changes nothing else: sent with Access::read too.
  bool login = false;
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// The first header of that name, any case; empty when there is none.
  std::string_view header(std::string_view name) const;
  /// Retry-After as seconds or HTTP date (RFC 9110 section 10.2.3).
  std::optional<std::chrono::milliseconds> retry_after() const;
};

struct HttpOptions {
  std::string user_agent;
  std::string ca_file;  ///< PEM; empty: the system's
  bool verify_peer = true;
  std::string proxy;                      ///< "socks5h://127.0.0.1:1080"; empty: none, the environment is not asked
  std::size_t answer_limit = 256u << 20;  ///< bytes; a longer body is Fault::permanent (unclear when not idempotent)
};

/// How far a request came when it ended without a whole answer.
enum class Progress { not_sent, sent };

/// The table of DESIGN section 5 "Unclear": the fault of a request that got no whole answer.
/// not_sent: transient. sent: unclear when not idempotent, else transient.
Fault fault_without_answer(bool idempotent, Progress progress);
/// The fault of a status outside 2xx when the API's client has no better word: 400, 413, 414, 415, 422, 431 invalid;
/// 401, 403, 407 denied; 409, 412 conflict; 425, 429 transient; 408 and 5xx transient, but unclear when the request is
/// not idempotent; everything else (404, 405, 406, redirects) permanent.
Fault fault_of_status(bool idempotent, int status);

/// Thread-safe; keeps idle connections for idempotent requests. A request that is not idempotent uses a fresh
/// connection, because libcurl sends a POST again when a reused connection dies. No redirect is followed.
class HttpClient {
 public:
  /// `network`: what carries the requests in place of libcurl; outlives the client.
  explicit HttpClient(HttpOptions options, Network* network = nullptr);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Any whole answer, whatever its status. With Access::read only GET, HEAD and logins are sent; anything else throws
  /// Error(permanent) before a connection is made. Blocks up to request.timeout; ends at once with Fault::interrupted
  /// (or unclear, when not idempotent and sent) when `stop` is asked for. Throws Error by fault_without_answer, naming
  /// host and cause; but invalid for a bad URL or CA file, permanent for a certificate that does not verify. Error
  /// texts hold no query, user or body. `sent` is called once, on this thread, when the whole request has left and
  /// nothing of its answer has been taken.
  HttpAnswer send(const HttpRequest& request, Access access, const std::stop_token& stop,
                  const std::function<void()>& sent = {});

 private:
  class Pool;
  Network* network_;
  std::unique_ptr<Pool> pool_;  ///< null when there is a network
};

/// application/x-www-form-urlencoded and path escaping (RFC 3986 unreserved characters stay).
std::string percent_encode(std::string_view text);

}  // namespace muster::net
