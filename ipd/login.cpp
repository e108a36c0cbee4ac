#include "ipd/login.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace muster::ipd {
namespace {

constexpr int most_waiting = 16;  ///< for a look at the users' file

/// One of those that wait.
class Waiting {
 public:
  explicit Waiting(std::atomic<int>& all) : all_(all), number_(++all) {}
  ~Waiting() { --all_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  int number() const { return number_; }

 private:
  std::atomic<int>& all_;
  const int number_;
};

}  // namespace

/// Whoever shares an address with one who guesses is not shut out, and guessing is not made any easier by that: a token
/// that was never right from this address waits as all others do.
bool Login::is_welcome(const std::string& address, const std::string& token) {
  const std::lock_guard lock(welcome_mutex_);
  return welcome_.contains(users_.fingerprint(address + ' ' + token));
}

Caller Login::welcome(UserEntry user, const std::string& address, const std::string& token) {
  constexpr std::size_t most = 10'000;
  const std::lock_guard lock(welcome_mutex_);
  if (welcome_.size() >= most) welcome_.clear();
  welcome_.insert(users_.fingerprint(address + ' ' + token));
  return {std::move(user), address};
}

std::variant<Caller, Response> Login::identify(const Request& request) {
  const auto too_early = [&]() -> std::optional<Response> {
    const auto wait = limit_.wait(request.client, std::chrono::steady_clock::now());
    if (wait.count() <= 0) return std::nullopt;
    Response later = refusal(429, "too many wrong tokens\n", "wait, then send the right one");
    later.headers["Retry-After"] = std::to_string(wait.count());
    return later;
  };
  const std::string token = request.header("authorization");
  const bool may_skip_the_wait = !token.empty() && is_welcome(request.client, token);
  if (auto later = may_skip_the_wait ? std::nullopt : too_early()) return *std::move(later);
  if (token.empty()) return refusal(401, "no token\n", "send the token as it is in the header Authorization");
  if (auto user = users_.known(token)) return welcome(std::move(*user), request.client, token);
  // argon2id takes 64 MiB and a tenth of a second: one at a time, few in the queue, and who has guessed meanwhile
  // waits.
  const Waiting waiting(waiting_);
  if (waiting.number() > most_waiting) {
    Response later = refusal(503, "too many new tokens at once\n", "try again in a moment");
    later.headers["Retry-After"] = "1";
    return later;
  }
  const std::lock_guard lock(verifying_);
  if (auto later = too_early()) return *std::move(later);
  if (auto user = users_.find(token)) return welcome(std::move(*user), request.client, token);
  limit_.failed(request.client, std::chrono::steady_clock::now());
  log_.say(Level::warning, fmt::format("a wrong token from {}", request.client));
  return refusal(401, "unknown token\n", "the users' file knows no such token");
}

}  // namespace muster::ipd
