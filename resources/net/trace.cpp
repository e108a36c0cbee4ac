#include "resources/net/trace.h"

#include <fmt/format.h>

#include <chrono>

namespace muster::net {

HttpAnswer send_traced(HttpClient& client, const HttpRequest& request, Context& context) {
  const auto begun = context.clock.steady_now();
  const auto tell = [&](const std::string& outcome) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(context.clock.steady_now() - begun);
    context.logger.log(LogLevel::debug,
                       fmt::format("{} {}: {}, {} ms", to_string(request.method), request.url, outcome, took.count()));
  };
  try {
    HttpAnswer answer = client.send(request, context.access, context.stop);
    tell(std::to_string(answer.status));
    return answer;
  } catch (const Error& error) {
    tell(error.message());
    throw;
  }
}

}  // namespace muster::net
