#include "tests/labs/losing_front.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "resources/net/http.h"
#include "sandbox/http_service.h"
#include "sandbox/world.h"

namespace muster::labs {
namespace {

using sandbox::Request;
using sandbox::Response;

/// http://HOST:PORT of `url`.
std::string origin_of(const std::string& url) {
  const std::size_t host = url.find("://");
  if (host == std::string::npos) throw std::invalid_argument("no URL: " + url);
  return url.substr(0, url.find('/', host + 3));
}

net::Method method_of(std::string_view name) {
  for (const net::Method method : {net::Method::get, net::Method::head, net::Method::post, net::Method::put,
                                   net::Method::patch, net::Method::remove})
    if (net::to_string(method) == name) return method;
  throw std::invalid_argument("no method that is carried on: " + std::string(name));
}

/// Those are about one connection (RFC 9110 section 7.6.1), or about a body that is sent anew.
bool ends_here(std::string_view header) {
  const auto is = [header](std::string_view name) { return sandbox::same_header(header, name); };
  return is("Host") || is("Connection") || is("Keep-Alive") || is("Transfer-Encoding") || is("Content-Length") ||
         is("Content-Encoding") || is("Accept-Encoding") || is("Expect") || is("Date");
}

std::vector<std::pair<std::string, std::string>> carried(std::vector<std::pair<std::string, std::string>> headers) {
  std::erase_if(headers, [](const auto& header) { return ends_here(header.first); });
  return headers;
}

}  // namespace

struct LosingFront::Parts {
  explicit Parts(const Options& its_options);

  Response carry(const std::string& origin, const Request& request);
  Response log_in(const Request& request);
  Response compute(const Request& request);

  const Options options;
  sandbox::World world{{}, 1, std::chrono::milliseconds(0)};
  net::HttpClient client{net::HttpOptions{}};
  std::mutex mutex;          ///< guards what follows
  std::string real_compute;  ///< origin; from the last catalog
  sandbox::HttpService keystone{world, {.name = "keystone", .too_many = {}}};
  sandbox::HttpService nova{world, {.name = "nova", .too_many = {}}};
};

LosingFront::Parts::Parts(const Options& its_options) : options(its_options) {
  world.faults.load({{"rules",
                      {{{"service", "nova"},
                        {"method", "POST|PUT|DELETE"},
                        {"probability", options.share},
                        {"action", "drop-after"}}}}});
  keystone.fallback([this](const Request& request) { return log_in(request); });
  nova.fallback([this](const Request& request) { return compute(request); });
  keystone.start();
  nova.start();
}

Response LosingFront::Parts::carry(const std::string& origin, const Request& request) {
  net::HttpRequest on;
  on.method = method_of(request.method);
  on.url = origin + request.target;
  on.headers = carried(request.headers);
  on.body = request.body;
  const net::HttpAnswer answer = client.send(on, Access::write, {});
  return {answer.status, carried(answer.headers), answer.body};
}

Response LosingFront::Parts::log_in(const Request& request) {
  Response response = carry(origin_of(options.auth_url), request);
  auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("token") || !body["token"].contains("catalog")) return response;
  for (auto& service : body["token"]["catalog"]) {
    if (service.value("type", "") != "compute") continue;
    for (auto& endpoint : service["endpoints"]) {
      const std::string url = endpoint["url"];
      const std::string real = origin_of(url);
      endpoint["url"] = nova.url() + url.substr(real.size());
      const std::lock_guard lock(mutex);
      real_compute = real;
    }
  }
  response.body = body.dump();
  return response;
}

Response LosingFront::Parts::compute(const Request& request) {
  std::string origin;
  {
    const std::lock_guard lock(mutex);
    origin = real_compute;
  }
  Response response = carry(origin, request);
  if (request.method == "POST" && request.path.ends_with("/servers") && response.status == 202) {
    const std::string name = nlohmann::json::parse(request.body).at("server").at("name");
    const std::lock_guard lock(mutex);
    std::ofstream(options.diary, std::ios::app) << name << "\n";
  }
  return response;
}

LosingFront::LosingFront(const Options& options) : parts_(std::make_unique<Parts>(options)) {}

LosingFront::~LosingFront() {
  parts_->keystone.stop();
  parts_->nova.stop();
}

std::string LosingFront::auth_url() const {
  return parts_->keystone.url() + parts_->options.auth_url.substr(origin_of(parts_->options.auth_url).size());
}

std::size_t LosingFront::lost() const {
  const auto entries = parts_->world.ledger.entries();
  return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const sandbox::LedgerEntry& entry) {
    return entry.event == sandbox::Event::called && nlohmann::json::parse(entry.details)["status"] == 0;
  }));
}

}  // namespace muster::labs
