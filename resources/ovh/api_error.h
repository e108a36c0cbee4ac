#pragma once

// What the OVH API says when it refuses, in any of its shapes, and what a person can do about it. Pure.

#include <string>
#include <string_view>

#include "resources/contract/error.h"
#include "resources/net/http.h"
#include "resources/ovh/credentials.h"

namespace muster::ovh {

enum class Refusal {
  other,
  wrong_signature,  ///< the secret, not the key
  wrong_clock,
  unknown_key,       ///< the application key, or one of another platform
  unknown_consumer,  ///< expired, withdrawn, never validated
  not_logged_in,
  missing_right,
  no_such_service,  ///< the zone is not in the account, or the object is gone
  expired_service,  ///< 460
  busy,             ///< another task of this kind runs
};

/// One refusing answer.
struct ApiAnswer {
  int status = 0;
  Refusal refusal = Refusal::other;
  std::string code;      ///< errorCode or class; empty when the answer had neither
  std::string message;   ///< the server's words
  std::string query_id;  ///< X-OVH-QUERYID
  std::string actions;   ///< the IAM actions that are not granted, when named

  /// It concerns the whole account: no other zone will fare better.
  bool concerns_account() const;
};

ApiAnswer read_refusal(const net::HttpAnswer& answer);

/// The call that was refused.
struct Call {
  net::Method method = net::Method::get;
  std::string path;  ///< below /1.0, with its query
  std::string body;
  bool idempotent = true;
};

/// The same with placeholders, for counting and for rights: "GET domain/zone/record". No ids, no zone.
std::string operation_name(const Call& call);

/// Rights that DNS needs, as createToken takes them: "GET=/domain/zone/Z/export&...".
std::string least_rights(std::string_view zone);

/// The zone in a path; empty when it has none.
std::string zone_in(std::string_view path);

/// What is thrown for an answer outside 2xx; carries the refusal so that callers need not read the text.
class ApiError : public Error {
 public:
  ApiError(Fault fault, std::string message, std::string hint, ApiAnswer answer)
      : Error(fault, std::move(message), std::move(hint)), answer_(std::move(answer)) {}
  const ApiAnswer& answer() const { return answer_; }

 private:
  ApiAnswer answer_;
};

/// Fault, message with the server's words and query id, hint by kind of refusal. `clock_delta` in seconds.
ApiError make_error(const Call& call, const ApiAnswer& answer, const Credentials& credentials,
                    std::int64_t clock_delta);

}  // namespace muster::ovh
