#include "tests/campaigns/echoing_proxy.h"

#include <fmt/format.h>
#include <httplib.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tests/campaigns/canary.h"

namespace muster::test {
namespace {

using nlohmann::json;

/// Of what the connection alone is about.
bool is_hop_header(const std::string& name) {
  for (const char* other : {"Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding", "Accept-Encoding",
                            "REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT"}) {
    if (std::equal(name.begin(), name.end(), other, other + std::string_view(other).size(),
                   [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); }))
      return true;
  }
  return false;
}

std::string all_said(const httplib::Request& request, std::size_t filler) {
  // Where a long text is cut differs from time to time.
  std::string said = std::string(filler, '.') + " " + request.method + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers) said += name + ": " + value + "\n";
  return said + "\n" + request.body;
}

struct Refusal {
  int status;
  std::string type;
  std::string body;
};

Refusal refusal_of(const httplib::Request& request, int number) {
  constexpr std::array<int, 8> statuses{401, 400, 500, 403, 503, 409, 502, 404};
  // Of a number, not of chance: a failure comes again.
  const std::string said = all_said(request, static_cast<std::size_t>(number) * 37 % 400);
  const int status = statuses[static_cast<std::size_t>(number) % statuses.size()];
  const auto form = [&](const char* name) { return forms_of(said).at(name); };
  switch (number % 7) {
    case 0:
      return {status, "application/json", json{{"message", said}, {"class", "Client::BadRequest"}}.dump()};
    case 1:
      return {status, "text/html", "<html><body><h1>Refused</h1><pre>" + form("XML") + "</pre></body></html>"};
    case 2:
      return {status, "text/plain", said};
    case 3:
      return {status, "application/json",
              json{{"badRequest", {{"message", json(said).dump()}, {"code", status}}}}.dump()};
    case 4:
      return {status, "text/plain", "you sent " + form("percent-encoding")};
    case 5:
      return {status, "text/html", "<html><body>" + form("Python's HTML") + "</body></html>"};
    default:
      return {status, "text/plain", "the request was " + form("base64 behind 0 bytes")};
  }
}

httplib::Result forward(const std::string& origin, const httplib::Request& request) {
  httplib::Client client(origin);
  client.set_keep_alive(false);
  client.set_url_encode(false);  // requests are signed with their address
  httplib::Request copy;
  copy.method = request.method;
  copy.path = request.target;
  for (const auto& [name, value] : request.headers) {
    if (!is_hop_header(name)) copy.headers.emplace(name, value);
  }
  copy.body = request.body;
  return client.send(copy);
}

}  // namespace

class EchoingProxy::Server {
 public:
  explicit Server(std::string origin) : origin_(std::move(origin)) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
    };
    server_.Get(".*", answer).Post(".*", answer).Put(".*", answer).Delete(".*", answer).Patch(".*", answer);
    server_.set_keep_alive_max_count(1);  // an idle connection would hold one of few threads
    port_ = server_.bind_to_any_port("127.0.0.1");
    if (port_ <= 0) throw std::runtime_error("no port for a proxy");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // Only a server that runs can be stopped.
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Server() {
    server_.stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  std::set<std::string> tokens() const {
    const std::lock_guard lock(mutex_);
    return tokens_;
  }

  std::vector<std::pair<std::string, std::string>> rewritten;
  std::atomic<int> out_of{0};
  std::atomic<int> refused{0};

 private:
  void handle(const httplib::Request& request, httplib::Response& response) {
    const int every = out_of;
    if (every > 0 && ++seen_ % every == 0) {
      const Refusal refusal = refusal_of(request, refused++);
      response.status = refusal.status;
      response.set_content(refusal.body, refusal.type);
      return;
    }
    const auto answer = forward(origin_, request);
    if (!answer) {
      response.status = 502;
      return;
    }
    pass(*answer, response);
  }

  void pass(const httplib::Response& answer, httplib::Response& response) {
    response.status = answer.status;
    response.body = answer.body;
    for (const auto& [name, value] : answer.headers) {
      if (!is_hop_header(name)) response.headers.emplace(name, value);
    }
    for (const auto& [text, other] : rewritten) {
      for (std::size_t at = response.body.find(text); at != std::string::npos;
           at = response.body.find(text, at + other.size()))
        response.body.replace(at, text.size(), other);
    }
    remember_tokens(answer);
  }

  void remember_tokens(const httplib::Response& answer) {
    const std::lock_guard lock(mutex_);
    if (answer.has_header("X-Subject-Token")) tokens_.insert(answer.get_header_value("X-Subject-Token"));
    const json body = json::parse(answer.body, nullptr, false);
    if (body.is_object() && body.contains("access_token")) tokens_.insert(body["access_token"].get<std::string>());
  }

  const std::string origin_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::atomic<int> seen_{0};
  mutable std::mutex mutex_;
  std::set<std::string> tokens_;
};

EchoingProxy::EchoingProxy(const std::string& origin) : server_(std::make_unique<Server>(origin)) {}
EchoingProxy::~EchoingProxy() = default;
std::string EchoingProxy::url() const { return server_->url(); }
void EchoingProxy::rewrite(std::string text, std::string other) {
  server_->rewritten.emplace_back(std::move(text), std::move(other));
}
void EchoingProxy::refuse(int out_of) { server_->out_of = out_of; }
int EchoingProxy::refused() const { return server_->refused; }
std::set<std::string> EchoingProxy::tokens() const { return server_->tokens(); }

}  // namespace muster::test
