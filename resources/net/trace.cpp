#include "resources/net/trace.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>

namespace muster::net {
namespace {

/// What OpenStack's services and OVH call a request in their logs.
std::string_view request_id(const HttpAnswer& answer) {
  for (const char* name : {"X-Openstack-Request-Id", "X-Compute-Request-Id", "X-OVH-QUERYID"}) {
    if (const std::string_view id = answer.header(name); !id.empty()) return id;
  }
  return {};
}

bool is_write(const HttpRequest& request) {
  return request.method != Method::get && request.method != Method::head && !request.login;
}

std::function<void()> when_sent(const HttpRequest& request, const Context& context) {
  if (context.milestones == nullptr || context.about == nullptr || !is_write(request)) return {};
  return [&context] { context.milestones->reached(Milestone::after_send, {}, *context.about); };
}

}  // namespace

HttpAnswer send_traced(HttpClient& client, const HttpRequest& request, Context& context) {
  const auto begun = context.clock.steady_now();
  const auto tell = [&](const std::string& outcome) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(context.clock.steady_now() - begun);
    context.logger.log(LogLevel::debug,
                       fmt::format("{} {}: {}, {} ms", to_string(request.method), request.url, outcome, took.count()));
  };
  try {
    HttpAnswer answer = client.send(request, context.access, context.stop, when_sent(request, context));
    // Some refuse by showing the request. What its words go through later, cuts and line ends among them, would leave
    // parts of secrets that nobody recognises.
    if (answer.status >= 400) answer.body = context.redactor.redact(answer.body);
    tell(std::to_string(answer.status));
    const std::string_view id = request_id(answer);
    if (context.request_ids != nullptr && is_write(request) && !id.empty()) context.request_ids->add(id);
    return answer;
  } catch (const Error& error) {
    tell(error.message());
    throw;
  }
}

}  // namespace muster::net
