#include "tests/campaigns/seeded_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "resources/contract/value.h"
#include "sandbox/guest_services.h"

namespace muster::test {
namespace {

using std::chrono::milliseconds;

/// How long after its process has died a request may still arrive. Shorter than every quiet window.
constexpr std::uint64_t latest_ms = 30'000;

/// Up to the path: what Sandbox::call takes.
std::size_t end_of_origin(const std::string& url) { return std::min(url.find('/', url.find("://") + 3), url.size()); }

std::string fingerprint(const std::string& bytes) {
  return bytes.empty() ? std::string() : " " + digest_bytes(bytes).substr(0, 8);
}

}  // namespace

void SeededNetwork::begin_process(std::uint64_t last_event, std::function<void()> die) {
  events_ = 0;
  last_event_ = last_event;
  die_ = std::move(die);
  is_dead_ = false;
}

void SeededNetwork::event() {
  if (is_dead_ || ++events_ != last_event_) return;
  threads_.note("the process dies");
  is_dead_ = true;
  threads_.undisturbed(die_);
}

/// A few milliseconds, now and then seconds.
void SeededNetwork::travel() {
  const std::uint64_t longest_us = threads_.chance(3) ? 4'000'000 : 20'000;
  threads_.sleep(std::chrono::microseconds(500 + threads_.below(longest_us)));
}

sandbox::Outcome SeededNetwork::arrive(const net::HttpRequest& request, const char* how) {
  const std::size_t path = end_of_origin(request.url);
  threads_.note(fmt::format("{} {} {}{}", how, net::to_string(request.method), request.url, fingerprint(request.body)));
  sandbox::Request call = sandbox::request_to(std::string(net::to_string(request.method)), request.url.substr(path));
  call.headers = request.headers;
  const std::size_t host = request.url.find("://") + 3;
  call.headers.emplace_back("Host", request.url.substr(host, path - host));
  call.body = request.body;
  return cloud_.call(request.url.substr(0, path), std::move(call));
}

void SeededNetwork::deliver_due() {
  while (true) {
    const auto due =
        std::find_if(late_.begin(), late_.end(), [this](const Late& one) { return one.at <= threads_.elapsed(); });
    if (due == late_.end()) return;
    const net::HttpRequest request = std::move(due->request);
    late_.erase(due);
    arrive(request, "late >");
  }
}

void SeededNetwork::deliver_all() {
  if (!late_.empty()) threads_.sleep(milliseconds(latest_ms));
  deliver_due();
}

std::variant<net::HttpAnswer, net::Unanswered> SeededNetwork::send(const net::HttpRequest& request,
                                                                   const std::stop_token& stop) {
  if (!is_dead_) event();
  if (is_dead_) return net::Unanswered{net::Progress::not_sent, "the process is dead"};
  travel();
  deliver_due();
  if (is_dead_) {
    if (threads_.chance(50)) late_.push_back({threads_.elapsed() + milliseconds(threads_.below(latest_ms)), request});
    return net::Unanswered{net::Progress::sent, "the process is dead"};
  }
  const sandbox::Outcome outcome = arrive(request, "send >");
  const sandbox::Response& response = outcome.response;
  threads_.note(fmt::format("     < {}{}{} {}", outcome.answer ? response.status : 0, fingerprint(response.body),
                            outcome.body_bytes < response.body.size() ? " cut" : "", request.url));
  event();
  travel();
  if (is_dead_ || stop.stop_requested()) return net::Unanswered{net::Progress::sent, "the process is dead"};
  if (!outcome.answer) return net::Unanswered{net::Progress::sent, "connection closed"};
  if (outcome.body_bytes < response.body.size()) return net::Unanswered{net::Progress::sent, "the answer was cut off"};
  return net::HttpAnswer{response.status, response.headers, response.body};
}

std::variant<std::string, net::Unanswered> SeededNetwork::greeting(const std::string& host, int port,
                                                                   const std::stop_token& stop) {
  event();
  if (is_dead_) return net::Unanswered{net::Progress::not_sent, "the process is dead"};
  travel();
  const sandbox::GuestAnswer answer = cloud_.connect(host, port);
  const int reply = answer.reply ? static_cast<int>(*answer.reply) : -1;
  threads_.note(fmt::format("guest {}:{} {}", host, port, reply));
  travel();
  if (stop.stop_requested()) return net::Unanswered{net::Progress::sent, "stopped"};
  if (reply != 0) return net::Unanswered{net::Progress::not_sent, "connection refused"};
  return std::string(sandbox::guest_greeting(port));
}

}  // namespace muster::test
