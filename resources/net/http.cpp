#include "resources/net/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>
#include <variant>

#include "resources/net/http_form.h"
#include "resources/net/network.h"

namespace muster::net {
namespace {

template <auto release>
struct Deleter {
  template <typename Handle>
  void operator()(Handle* handle) const {
    release(handle);
  }
};
using EasyHandle = std::unique_ptr<CURL, Deleter<curl_easy_cleanup>>;
using MultiHandle = std::unique_ptr<CURLM, Deleter<curl_multi_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, Deleter<curl_slist_free_all>>;
using UrlHandle = std::unique_ptr<CURLU, Deleter<curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, Deleter<curl_free>>;

/// libcurl's own process-wide set-up; it counts its users, so each client holds one.
struct LibcurlUse {
  LibcurlUse() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
      throw Error(Fault::permanent, "libcurl cannot be initialised");
  }
  ~LibcurlUse() { curl_global_cleanup(); }
  LibcurlUse(const LibcurlUse&) = delete;
  LibcurlUse& operator=(const LibcurlUse&) = delete;
};

bool idempotent_by_default(Method method) { return method != Method::post && method != Method::patch; }

/// What arrives, filled by libcurl's callbacks. They must not throw: libcurl is C.
struct Arrival {
  HttpAnswer answer;
  std::size_t limit = 0;
  bool over_limit = false;
  std::exception_ptr failure;
  /// To be called before anything arrives; empty once it was.
  std::function<void()> sent;

  void tell_sent() {
    if (const auto tell = std::exchange(sent, {})) tell();
  }
};

template <typename Action>
std::size_t guarded(Arrival& arrival, std::size_t length, const Action& action) {
  try {
    return action() ? length : 0;
  } catch (...) {
    arrival.failure = std::current_exception();
    return 0;
  }
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* target) {
  auto& arrival = *static_cast<Arrival*>(target);
  const std::size_t length = size * count;
  return guarded(arrival, length, [&] {
    arrival.over_limit = length > arrival.limit - arrival.answer.body.size();
    if (!arrival.over_limit) arrival.answer.body.append(data, length);
    return !arrival.over_limit;
  });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* target) {
  auto& arrival = *static_cast<Arrival*>(target);
  const std::size_t length = size * count;
  return guarded(arrival, length, [&] {
    arrival.tell_sent();
    const std::string_view line(data, length);
    // An interim answer (100 Continue) comes before the real one; only the last set of headers counts.
    if (line.substr(0, 5) == "HTTP/") arrival.answer.headers.clear();
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      arrival.answer.headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    return true;
  });
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  return CurlText(text).get();
}

/// "POST http://host:port/path": without query and user, which may hold secrets.
std::string described(const HttpRequest& request) {
  const UrlHandle url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK) {
    return fmt::format("{} {}", to_string(request.method), request.url.substr(0, request.url.find('?')));
  }
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  return fmt::format("{} {}://{}{}{}{}", to_string(request.method), part_of(url.get(), CURLUPART_SCHEME),
                     part_of(url.get(), CURLUPART_HOST), port.empty() ? "" : ":", port,
                     part_of(url.get(), CURLUPART_PATH));
}

bool only_reads(const HttpRequest& request) {
  return request.method == Method::get || request.method == Method::head || request.login;
}

HeaderList header_list(const HttpRequest& request) {
  HeaderList list;
  const auto append = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  };
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
    // libcurl sends a header without a value only when it ends in a semicolon.
    append(value.empty() ? name + ";" : name + ": " + value);
    typed = typed || curl_strequal(name.c_str(), "Content-Type") != 0;
  }
  if (!typed && request.form.empty()) append("Content-Type:");
  append("Expect:");
  return list;
}

void set_method(CURL* easy, const HttpRequest& request) {
  const bool with_body = request.form.empty() && (!request.body.empty() || request.method == Method::post ||
                                                  request.method == Method::put || request.method == Method::patch);
  if (with_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method == Method::head) {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(to_string(request.method)).c_str());
  }
}

int take_progress(void* target, curl_off_t, curl_off_t, curl_off_t all, curl_off_t sent) {
  static_cast<const HttpRequest*>(target)->form_progress(sent, all);
  return 0;
}

void set_form(CURL* easy, const HttpRequest& request, const FormBody* form) {
  if (form != nullptr) curl_easy_setopt(easy, CURLOPT_MIMEPOST, form->handle());
  if (request.form_progress) {
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, take_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, const_cast<HttpRequest*>(&request));
  }
  if (request.stall_limit.count() > 0) {
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_limit.count()));
  }
}

/// Of a form it is not asked: its length is libcurl's.
bool has_left(CURL* easy, const HttpRequest& request) {
  if (!request.form.empty()) return false;
  long of_request = 0;
  curl_off_t of_body = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &of_request);
  curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &of_body);
  return of_request > 0 && of_body == static_cast<curl_off_t>(request.body.size());
}

Error interrupted(Fault fault, const std::string& what) {
  return Error(fault == Fault::unclear ? fault : Fault::interrupted, what + " was interrupted before its answer came");
}

std::string unanswered(const std::string& what, Progress progress, const std::string& cause) {
  return fmt::format("{}: {}: {}", what, progress == Progress::sent ? "no whole answer" : "not sent", cause);
}

HttpAnswer send_by(Network& network, const HttpRequest& request, const std::stop_token& stop,
                   const std::function<void()>& sent) {
  auto end = network.send(request, stop);
  const auto* unanswered_end = std::get_if<Unanswered>(&end);
  if (sent && (unanswered_end == nullptr || unanswered_end->progress == Progress::sent)) sent();
  if (auto* answer = std::get_if<HttpAnswer>(&end)) return std::move(*answer);
  const Unanswered& lost = *unanswered_end;
  const Fault fault =
      fault_without_answer(request.idempotent.value_or(idempotent_by_default(request.method)), lost.progress);
  if (stop.stop_requested()) throw interrupted(fault, described(request));
  throw Error(fault, unanswered(described(request), lost.progress, lost.cause));
}

/// Failures before anything was sent that no repetition mends.
std::optional<Error> hopeless(CURLcode code, const std::string& what, const std::string& cause) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error(Fault::invalid, fmt::format("{}: {}", what, cause),
                   "use a URL that starts with http:// or https://");
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error(Fault::permanent, fmt::format("{}: the server's certificate was refused: {}", what, cause),
                   "give the CA that signed it as the connection's CA file, or mend the certificate");
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Error(Fault::invalid, fmt::format("{}: {}", what, cause), "check the connection's CA file");
    default:
      return std::nullopt;
  }
}

/// libcurl tells how long a vain attempt took, which differs each time and helps nobody.
std::string without_duration(std::string cause) {
  const std::size_t after = cause.find(" after ");
  if (after == std::string::npos) return cause;
  const std::size_t digits = after + std::string_view(" after ").size();
  const std::size_t end = cause.find_first_not_of("0123456789", digits);
  if (end != std::string::npos && end > digits && cause.compare(end, 3, " ms") == 0)
    cause.erase(after, end + 3 - after);
  return cause;
}

std::string hint_for(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "check the host name, and this machine's name resolution";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "check the proxy's host name";
    case CURLE_COULDNT_CONNECT:
      return "check the address and port, and that the service is up";
    case CURLE_SSL_CONNECT_ERROR:
      return "check whether the address begins with http:// or https://, and its port";
    case CURLE_OPERATION_TIMEDOUT:
      return "check the address, and what firewall or proxy is on the way";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return "apply again later; if it stays so, something on the way ends connections";
    default:
      return {};
  }
}

}  // namespace

/// Pairs of handles, each used by one request at a time. The multi handle is what can be woken from another thread, and
/// what keeps the idle connections.
class HttpClient::Pool {
 public:
  struct Slot {
    MultiHandle multi;
    EasyHandle easy;
  };

  explicit Pool(HttpOptions options) : options_(std::move(options)) {}

  HttpAnswer send(const HttpRequest& request, const std::stop_token& stop, const std::function<void()>& sent);

 private:
  std::unique_ptr<Slot> take();
  void put_back(std::unique_ptr<Slot> slot);
  void configure(CURL* easy, const HttpRequest& request, bool idempotent) const;
  CURLcode perform(Slot& slot, const HttpRequest& request, Arrival& arrival, const std::stop_token& stop) const;
  [[noreturn]] void fail(CURL* easy, const HttpRequest& request, bool idempotent, CURLcode code, const Arrival& arrival,
                         const std::string& words) const;

  LibcurlUse libcurl_;
  const HttpOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Slot>> idle_;
};

std::unique_ptr<HttpClient::Pool::Slot> HttpClient::Pool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto slot = std::move(idle_.back());
      idle_.pop_back();
      return slot;
    }
  }
  auto slot = std::make_unique<Slot>();
  slot->multi.reset(curl_multi_init());
  slot->easy.reset(curl_easy_init());
  if (!slot->multi || !slot->easy) throw std::bad_alloc();
  return slot;
}

void HttpClient::Pool::put_back(std::unique_ptr<Slot> slot) {
  curl_easy_reset(slot->easy.get());
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(slot));
}

void HttpClient::Pool::configure(CURL* easy, const HttpRequest& request, bool idempotent) const {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, idempotent ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, idempotent ? 0L : 1L);
  if (!options_.user_agent.empty()) curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options_.verify_peer ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options_.verify_peer ? 2L : 0L);
  // Empty texts, unlike unset ones, keep libcurl from asking http_proxy and no_proxy.
  curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set_method(easy, request);
}

/// Precondition: the easy handle is configured. Returns CURLE_ABORTED_BY_CALLBACK when stopped.
CURLcode HttpClient::Pool::perform(Slot& slot, const HttpRequest& request, Arrival& arrival,
                                   const std::stop_token& stop) const {
  struct Attached {
    Slot& slot;
    explicit Attached(Slot& used) : slot(used) { curl_multi_add_handle(slot.multi.get(), slot.easy.get()); }
    ~Attached() { curl_multi_remove_handle(slot.multi.get(), slot.easy.get()); }
  };
  const Attached attached(slot);
  const std::stop_callback wake(stop, [&] { curl_multi_wakeup(slot.multi.get()); });
  while (!stop.stop_requested()) {
    int running = 0;
    if (curl_multi_perform(slot.multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (arrival.sent && has_left(slot.easy.get(), request)) arrival.tell_sent();
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(slot.multi.get(), &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    if (running == 0) return CURLE_FAILED_INIT;
    curl_multi_poll(slot.multi.get(), nullptr, 0, 1000, nullptr);
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

void HttpClient::Pool::fail(CURL* easy, const HttpRequest& request, bool idempotent, CURLcode code,
                            const Arrival& arrival, const std::string& words) const {
  if (arrival.failure) std::rethrow_exception(arrival.failure);
  long request_size = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
  const Progress progress = request_size > 0 ? Progress::sent : Progress::not_sent;
  const Fault fault = fault_without_answer(idempotent, progress);
  const std::string what = described(request);
  if (code == CURLE_ABORTED_BY_CALLBACK) throw interrupted(fault, what);
  if (arrival.over_limit) {
    throw Error(fault == Fault::unclear ? fault : Fault::permanent,
                fmt::format("{}: the answer is longer than {} bytes", what, options_.answer_limit));
  }
  const std::string cause = without_duration(words.empty() ? curl_easy_strerror(code) : words);
  if (auto error = hopeless(code, what, cause)) throw *error;
  throw Error(fault, unanswered(what, progress, cause), hint_for(code));
}

HttpAnswer HttpClient::Pool::send(const HttpRequest& request, const std::stop_token& stop,
                                  const std::function<void()>& sent) {
  const bool idempotent = request.idempotent.value_or(idempotent_by_default(request.method));
  // The slot comes last, so that a handle dropped by an exception cannot write to any of these any more.
  Arrival arrival;
  arrival.limit = options_.answer_limit;
  arrival.sent = sent;
  std::array<char, CURL_ERROR_SIZE> words{};
  const HeaderList headers = header_list(request);
  auto slot = take();
  CURL* const easy = slot->easy.get();
  const auto form = request.form.empty() ? nullptr : std::make_unique<FormBody>(easy, request.form);
  configure(easy, request, idempotent);
  set_form(easy, request, form.get());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &arrival);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &arrival);

  const CURLcode code = perform(*slot, request, arrival, stop);
  if (const auto broken = form ? form->failure() : std::nullopt; broken && code != CURLE_OK) throw *broken;
  if (code != CURLE_OK) fail(easy, request, idempotent, code, arrival, words.data());
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  arrival.answer.status = static_cast<int>(status);
  put_back(std::move(slot));
  return std::move(arrival.answer);
}

HttpClient::HttpClient(HttpOptions options, Network* network)
    : network_(network), pool_(network == nullptr ? std::make_unique<Pool>(std::move(options)) : nullptr) {}
HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::send(const HttpRequest& request, Access access, const std::stop_token& stop,
                            const std::function<void()>& sent) {
  if (access == Access::read && !only_reads(request)) {
    throw Error(Fault::permanent, described(request) + " was not sent: this command may only read",
                "nothing was changed; that muster tried is a mistake in muster, please report it");
  }
  return network_ != nullptr ? send_by(*network_, request, stop, sent) : pool_->send(request, stop, sent);
}

}  // namespace muster::net
