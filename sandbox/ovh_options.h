#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/zone.h"

namespace muster::sandbox {

/// A right: calls of this method whose path (below /1.0, without query) matches; * stands for any text.
struct OvhAccessRule {
  std::string method;
  std::string path;
};

/// A consumer key, an OAuth2 client or a plain access token: they differ only in how they are presented.
struct OvhGrant {
  /// The consumer key, the client id or the token itself.
  std::string id;
  /// Of an OAuth2 client only.
  std::string secret;
  std::vector<OvhAccessRule> rules;
};

/// Everything for every method: the rules of the default grants.
std::vector<OvhAccessRule> ovh_all_rights();

/// The simulated account, and a switch for each habit of the real API that changed over time or is not documented.
/// The defaults are today's service as far as it is known.
struct OvhOptions {
  std::string application_key = "sandboxappkey000";
  std::string application_secret = "sandbox-application-secret-not-a-secret";
  /// The first one is the account's main key. More may be added for tests of missing rights.
  std::vector<OvhGrant> consumer_keys{{"sandbox-consumer-key-not-a-secret", "", ovh_all_rights()}};
  std::vector<OvhGrant> oauth2_clients{{"EU.sandboxclient", "sandbox-client-secret-not-a-secret", ovh_all_rights()}};
  std::vector<OvhGrant> access_tokens{{"sandbox-access-token-not-a-secret", "", ovh_all_rights()}};

  std::vector<std::string> zones{"example.com", "example.net"};
  /// Zones of the account whose every call answers 460.
  std::vector<std::string> expired_zones;
  ZoneRules zone_rules;
  /// Record ids start here: past 32 bits, as the real ones are.
  std::int64_t first_record_id = 5386578358;

  /// 204 with no body (since October 2023) or 200 with null (before).
  bool refresh_answers_204 = true;
  /// The same question for PUT and DELETE of a record.
  bool writes_answer_204 = false;
  /// POST record answers "id": 0 although the record has an id.
  bool post_answers_id_zero = false;
  /// X-Ovh-Batch is understood, for at most batch_limit ids.
  bool batch = true;
  std::size_t batch_limit = 50;
  /// Errors of the authentication in the form {errorCode, httpCode, message}; otherwise {class, message}.
  bool old_error_form = true;
  std::chrono::seconds timestamp_window{180};
  std::chrono::seconds token_lifetime{3599};
  /// Calls per minute and key before 429; nullopt: no limit.
  std::optional<std::size_t> requests_per_minute;
  /// Sent with a 429 when set; no answer with one has been reported.
  std::optional<std::chrono::seconds> retry_after;
};

}  // namespace muster::sandbox
