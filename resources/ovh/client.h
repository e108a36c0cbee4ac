#pragma once

// Speaks to the OVH API v1: signs or bears a token, keeps to the budget, repeats what may be repeated.

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "resources/contract/context.h"
#include "resources/net/clock_watch.h"
#include "resources/net/http.h"
#include "resources/net/throttle.h"
#include "resources/ovh/api_error.h"
#include "resources/ovh/credentials.h"

namespace muster::ovh {

/// What an account is given unless its manifest says otherwise. OVH calls 60 a minute safe.
struct Budget {
  int per_minute = 60;
  int burst = 20;
  int concurrency = 4;  ///< calls under way at the same time
};

/// Seconds since 1970 as auth/time tells them; nothing for what is no time of this age.
std::optional<std::int64_t> told_time(const nlohmann::json& answer);

/// Thread-safe. Every call blocks on the network, and on the budget before that.
class Client {
 public:
  /// `network` as in net::HttpClient.
  Client(Credentials credentials, Budget budget, net::Network* network);

  /// The answer's JSON; null for 204 and for an empty body.
  ///
  /// A GET that met a transient failure (no connection, 5xx) is made up to three times, 1 to 4 s apart; where no
  /// connection comes about, it gives up within 10 s. What the server asks for (429) is waited for as
  /// net::wait_as_asked says, and is no failure. Nothing else is repeated: the engine does that without holding a
  /// worker. Throws ApiError for a refusal, with the pause the server asked for, Error(transient) when a call was not
  /// sent because of such a pause, Error(unclear) when the answer to a call that is not idempotent was lost,
  /// Error(interrupted) once context.stop is asked for.
  nlohmann::json call(const Call& call, Context& context,
                      const std::vector<std::pair<std::string, std::string>>& headers = {});

  nlohmann::json get(const std::string& path, Context& context);

  const Credentials& credentials() const { return credentials_; }
  /// OVH's time minus this machine's, by auth/time where a login needs that, else by the answers' Date; nothing before
  /// the first call.
  std::optional<std::chrono::seconds> clock_difference() const;

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// The headers that prove who asks, made at the moment they are sent.
  using Login = std::function<Headers()>;

  nlohmann::json call_authenticated(const Call& call, const Headers& headers, Context& context);
  nlohmann::json call_once(const Call& call, const Headers& headers, Context& context);
  Login log_in(const Call& call, const std::string& url, Context& context);
  net::HttpAnswer send(net::HttpRequest request, const std::string& operation, Context& context,
                       const Login& login = {});
  ApiError refusal(const Call& call, const net::HttpAnswer& answer, std::int64_t clock_delta, Context& context) const;
  void wait_for_budget(Context& context);
  std::int64_t server_ahead(Context& context);
  std::string bearer(Context& context);
  std::string fetch_token(const OAuth2Client& client, Context& context);
  void forget_session();
  std::int64_t clock_delta() const;

  const Credentials credentials_;
  const Budget budget_;
  net::HttpClient http_;
  net::Throttle throttle_;
  mutable std::mutex mutex_;
  net::ClockWatch clock_;
  std::optional<std::int64_t> clock_delta_;  ///< server - local, seconds
  std::string token_;
  std::chrono::steady_clock::time_point token_ends_;
};

}  // namespace muster::ovh
