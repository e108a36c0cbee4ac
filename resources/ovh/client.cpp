#include "resources/ovh/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resources/net/json_body.h"
#include "resources/net/one_line.h"
#include "resources/net/trace.h"
#include "resources/ovh/signature.h"

namespace muster::ovh {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr int most_tries = 3;
/// Without any answer no try begins later than this: with the time to connect, 10 s in all.
constexpr milliseconds longest_silence{5'000};
constexpr milliseconds connect_timeout{5'000};

/// A shorter wait for the budget explains itself.
constexpr milliseconds shortest_told_wait{500};

Error interrupted() { return Error(Fault::interrupted, "stopped before the next call to OVH"); }

/// After the first try 1 to 2 s, after the second 2 to 4 s, so that many workers do not march in step.
milliseconds pause_after(int tries, Random& random) {
  const auto least = std::uint64_t{1000} << (tries - 1);
  return milliseconds(least + random.bits() % (least + 1));
}

template <typename Action>
auto repeating(Context& context, const Action& action) {
  const auto begun = context.clock.steady_now();
  milliseconds asked_for{0};
  int failures = 0;
  while (true) {
    milliseconds pause{0};
    try {
      return action();
    } catch (const Error& error) {
      if (error.fault() != Fault::transient) throw;
      if (net::wait_as_asked(error, asked_for, context)) continue;
      if (error.retry_after() || ++failures == most_tries) throw;
      pause = pause_after(failures, context.random);
      const bool answered = dynamic_cast<const ApiError*>(&error) != nullptr;
      const auto next_try = context.clock.steady_now() - begun - asked_for + pause;
      if (!answered && next_try > longest_silence) throw;
      context.logger.log(LogLevel::info, fmt::format("{}; trying again in {} ms", error.message(), pause.count()));
    }
    if (!context.clock.sleep(pause, context.stop)) throw interrupted();
  }
}

net::HttpOptions options() {
  net::HttpOptions options;
  options.user_agent = "muster/" MUSTER_VERSION;
  return options;
}

/// The text at `name`; `otherwise` when there is none, or something else.
std::string text_in(const Json& object, const char* name, std::string otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::move(otherwise);
}

/// Of a token. A day is longer than a run: the bound keeps a mistaken number from being added to the time.
std::chrono::seconds lifetime_in(const Json& token) {
  constexpr std::int64_t usual = 3599;
  constexpr std::int64_t longest = 86'400;
  const auto found = token.find("expires_in");
  const bool is_told = found != token.end() && found->is_number_integer();
  return std::chrono::seconds(std::clamp<std::int64_t>(is_told ? found->get<std::int64_t>() : usual, 0, longest));
}

std::int64_t whole_seconds(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

Json parse_answer(const Call& call, const net::HttpAnswer& answer) {
  if (answer.body.empty()) return nullptr;
  Json parsed = net::json_body(answer.body);
  if (!parsed.is_discarded()) return parsed;
  throw Error(call.idempotent ? Fault::transient : Fault::unclear,
              fmt::format("OVH answered {} {} with HTTP {} and {} bytes that are no JSON", net::to_string(call.method),
                          call.path, answer.status, answer.body.size()),
              "something between here and OVH answers in its place, a proxy perhaps");
}

}  // namespace

std::optional<std::int64_t> told_time(const Json& answer) {
  constexpr std::int64_t latest = 253'402'300'800;  // the year 10000
  if (!answer.is_number_integer()) return std::nullopt;
  const auto seconds = answer.get<std::int64_t>();
  return seconds > 0 && seconds < latest ? std::optional(seconds) : std::nullopt;
}

Client::Client(Credentials credentials, Budget budget, net::Network* network)
    : credentials_(std::move(credentials)),
      budget_(budget),
      http_(options(), network),
      throttle_(budget.concurrency, 0) {}

Json Client::get(const std::string& path, Context& context) {
  return call({net::Method::get, path, {}, true}, context);
}

Json Client::call(const Call& call, Context& context, const Headers& headers) {
  if (call.method != net::Method::get) return call_authenticated(call, headers, context);
  return repeating(context, [&] { return call_authenticated(call, headers, context); });
}

Json Client::call_authenticated(const Call& call, const Headers& headers, Context& context) {
  try {
    return call_once(call, headers, context);
  } catch (const ApiError& error) {
    // Both were refused before anything was done; a clock that jumped and a token that ended are renewed once.
    const bool token_ended =
        error.answer().refusal == Refusal::not_logged_in && std::holds_alternative<OAuth2Client>(credentials_.login);
    if (error.answer().refusal != Refusal::wrong_clock && !token_ended) throw;
    context.logger.log(LogLevel::info, error.message() + "; renewing clock and token");
  }
  forget_session();
  return call_once(call, headers, context);
}

Json Client::call_once(const Call& call, const Headers& headers, Context& context) {
  net::HttpRequest request;
  request.method = call.method;
  request.url = credentials_.endpoint.url + call.path;
  request.body = call.body;
  request.idempotent = call.idempotent;
  request.headers = headers;
  if (!call.body.empty()) request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  wait_for_budget(context);
  const net::HttpAnswer answer = send(request, operation_name(call), context, log_in(call, request.url, context));
  if (answer.status >= 200 && answer.status < 300) return parse_answer(call, answer);
  throw refusal(call, answer, clock_delta(), context);
}

ApiError Client::refusal(const Call& call, const net::HttpAnswer& answer, std::int64_t clock_delta,
                         Context& context) const {
  ApiError error = make_error(call, read_refusal(answer), credentials_, clock_delta);
  if (const auto after = answer.retry_after()) error.with_retry_after(*after);
  if (net::is_refused_for_now(answer)) error.with_retry_after(throttle_.pause_left(context.clock));
  return error;
}

/// What has to be asked for is asked now; the signature, which is good for the time it names, is made when it is
/// needed.
Client::Login Client::log_in(const Call& call, const std::string& url, Context& context) {
  const auto* key = std::get_if<ApplicationKey>(&credentials_.login);
  if (key == nullptr) return [header = "Bearer " + bearer(context)] { return Headers{{"Authorization", header}}; };
  const std::int64_t ahead = server_ahead(context);
  return [key, ahead, &call, &url, &clock = context.clock] {
    const std::int64_t now = whole_seconds(clock.now()) + ahead;
    return Headers{{"X-Ovh-Application", key->application_key},
                   {"X-Ovh-Consumer", key->consumer_key},
                   {"X-Ovh-Timestamp", std::to_string(now)},
                   {"X-Ovh-Signature", sign(*key, net::to_string(call.method), url, call.body, now)}};
  };
}

net::HttpAnswer Client::send(net::HttpRequest request, const std::string& operation, Context& context,
                             const Login& login) {
  if (context.stop.stop_requested()) throw interrupted();
  request.connect_timeout = connect_timeout;
  net::Throttle::Turn turn(throttle_, context);
  if (login) {
    for (auto& header : login()) request.headers.push_back(std::move(header));
  }
  context.calls.add(operation);
  try {
    const Time asked = context.clock.now();
    net::HttpAnswer answer = net::send_traced(http_, request, context);
    turn.answered(answer, context);
    clock_.saw(answer, asked, context.clock.now());
    return answer;
  } catch (Error& error) {
    throw error.while_doing("asking " + operation);
  }
}

void Client::wait_for_budget(Context& context) {
  const milliseconds wait = context.budget.book(credentials_.budget_key(), throttle_.scaled(budget_.per_minute),
                                                throttle_.scaled(budget_.burst));
  if (wait <= milliseconds(0)) return;
  const ResourceId about = context.about == nullptr ? ResourceId{} : *context.about;
  const bool is_felt = wait >= shortest_told_wait;
  if (is_felt) {
    const std::string what = fmt::format("waiting for ovh's limit of {} requests a minute", budget_.per_minute);
    context.logger.log(LogLevel::info, fmt::format("{}: {:.1f} s (requestsPerMinute of the account)", what,
                                                   static_cast<double>(wait.count()) / 1000));
    context.progress.progress(about, what);
  }
  const bool rested = context.clock.sleep(wait, context.stop);
  if (is_felt) context.progress.progress(about, "");
  if (!rested) throw interrupted();
}

std::int64_t Client::server_ahead(Context& context) {
  const std::lock_guard lock(mutex_);
  if (!clock_delta_) {
    const Call call{net::Method::get, "/auth/time", {}, true};
    net::HttpRequest request;
    request.url = credentials_.endpoint.url + call.path;
    const net::HttpAnswer answer = send(request, operation_name(call), context);
    if (answer.status != 200) throw refusal(call, answer, 0, context);
    const auto told = told_time(parse_answer(call, answer));
    if (!told) {
      throw Error(Fault::permanent,
                  fmt::format("{} does not tell the time: {}", request.url, net::one_line(answer.body, 80)),
                  fmt::format("check the endpoint in {}", credentials_.origin));
    }
    clock_delta_ = *told - whole_seconds(context.clock.now());
  }
  return *clock_delta_;
}

std::string Client::bearer(Context& context) {
  if (const auto* plain = std::get_if<AccessToken>(&credentials_.login)) return plain->token;
  const std::lock_guard lock(mutex_);
  if (token_.empty() || context.clock.steady_now() >= token_ends_)
    token_ = fetch_token(std::get<OAuth2Client>(credentials_.login), context);
  return token_;
}

std::string Client::fetch_token(const OAuth2Client& client, Context& context) {
  net::HttpRequest request;
  request.method = net::Method::post;
  request.url = credentials_.endpoint.token_url;
  request.idempotent = true;
  request.login = true;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = fmt::format("grant_type=client_credentials&client_id={}&client_secret={}&scope=all",
                             net::percent_encode(client.client_id), net::percent_encode(client.client_secret));
  const net::HttpAnswer answer = send(request, "ovh POST oauth2/token", context);
  const Json body = net::json_body(answer.body);
  std::string token = text_in(body, "access_token", {});
  if (answer.status != 200 || token.empty()) {
    const bool refused = answer.status >= 400 && answer.status < 500 && answer.status != 408 && answer.status != 429;
    const std::string words =
        net::one_line(text_in(body, "error_description", text_in(body, "error", read_refusal(answer).message)), 400);
    Error error(refused ? Fault::denied : Fault::transient,
                fmt::format("{} gave no token: {} (HTTP {})", request.url, words, answer.status),
                fmt::format("check clientId and clientSecret in {}", credentials_.origin));
    if (net::is_refused_for_now(answer)) error.with_retry_after(throttle_.pause_left(context.clock));
    throw error;
  }
  context.redactor.add(token);
  const std::chrono::seconds lifetime = lifetime_in(body);
  // Ends early, so that a call does not meet its end on the way.
  token_ends_ = context.clock.steady_now() + lifetime - std::min(std::chrono::seconds(60), lifetime / 2);
  return token;
}

void Client::forget_session() {
  const std::lock_guard lock(mutex_);
  clock_delta_.reset();
  token_.clear();
}

std::optional<std::chrono::seconds> Client::clock_difference() const {
  const std::lock_guard lock(mutex_);
  if (clock_delta_) return std::chrono::seconds(*clock_delta_);
  return clock_.difference();
}

std::int64_t Client::clock_delta() const {
  const std::lock_guard lock(mutex_);
  return clock_delta_.value_or(0);
}

}  // namespace muster::ovh
