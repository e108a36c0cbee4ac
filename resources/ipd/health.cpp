#include "resources/ipd/health.h"

#include <fmt/format.h>

#include "resources/contract/error.h"
#include "resources/net/http.h"
#include "resources/net/trace.h"

namespace muster::ipd_driver {
namespace {

constexpr std::chrono::seconds longest_answer{10};
/// A page is read no further: its status tells.
constexpr std::size_t longest_page = std::size_t{8} << 20;

}  // namespace

Health look_at_health(const Value& check, Context& context) {
  const std::string url = check.string_at("url");
  const auto wanted = static_cast<int>(check.int_at("status", 200));
  context.calls.add("health GET");
  net::HttpOptions options;
  options.user_agent = "muster/" MUSTER_VERSION;
  options.answer_limit = longest_page;
  options.ca_file = check.string_at("ca_file");
  net::HttpRequest request;
  request.url = url;
  request.timeout = longest_answer;
  try {
    net::HttpClient client(options, context.network);
    const net::HttpAnswer answer = net::send_traced(client, request, context);
    if (answer.status == wanted) return {true, {}};
    return {false, fmt::format("{} answers {} instead of {}", url, answer.status, wanted)};
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    return {false, error.message()};
  }
}

}  // namespace muster::ipd_driver
