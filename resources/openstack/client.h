#pragma once

// Authenticated calls to the services of one project in one region.

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/context.h"
#include "resources/net/clock_watch.h"
#include "resources/net/http.h"
#include "resources/net/throttle.h"
#include "resources/openstack/credentials.h"
#include "resources/openstack/identity.h"

namespace muster::openstack {

enum class Service { compute, image, network };

struct Call {
  Service service = Service::compute;
  net::Method method = net::Method::get;
  std::string path;       ///< below the endpoint, with its query: "/servers/detail?limit=1000"
  std::string operation;  ///< the same without ids, for counts and messages: "servers/detail"
  std::string body;       ///< JSON, or empty
  std::optional<bool> idempotent;
  std::vector<int> accepted;  ///< statuses outside 2xx that are answers, not errors: 404
};

/// What the connection's manifest allows, and net::Throttle lowers while the cloud asks for it; these are the schema's
/// defaults.
struct Limits {
  int concurrency = 8;           ///< of calls, whoever makes them; logging in is none
  int requests_per_second = 20;  ///< what OVH grants a project, and harmless elsewhere
};

/// Thread-safe. Holds the throttle of the connection, and its token.
class Client {
 public:
  /// `network` as in net::HttpClient.
  Client(Credentials credentials, Limits limits, net::Network* network);

  /// The answer when its status is 2xx or accepted. A token that is refused is renewed once. A read is repeated by
  /// with_retries; a write never is: the Error says when to come back, and who asked for it waits without holding a
  /// worker. Throws Error by answer_error, net::HttpClient and net::Throttle.
  net::HttpAnswer call(const Call& call, Context& context);
  /// call(), parsed. Throws Error(transient) when a 2xx answer is no JSON object.
  nlohmann::json call_json(const Call& call, Context& context);

  /// Nova's microversion 2.N that all calls carry, negotiated with the first one.
  int microversion(Context& context);
  /// As a read: repeated by with_retries.
  std::shared_ptr<const Token> token(Context& context);
  std::string project_id(Context& context) { return identity_.token(context)->project_id; }
  /// Whether the login has this role in the project, as far as Keystone tells.
  bool has_role(const std::string& role, Context& context);
  Identity& identity() { return identity_; }
  /// How many calls may be under way at the same time; more wait for each other.
  std::size_t concurrency() const { return concurrency_; }
  /// What the answers so far told about this machine's clock.
  const net::ClockWatch& clock() const { return clock_; }

 private:
  /// Sends with the token, once more with a new one when it is refused: a 401 means that nothing was done.
  net::HttpAnswer authorised(Context& context, const std::function<net::HttpAnswer(const Token&)>& send);
  net::HttpAnswer send(const Call& call, const Token& token, Context& context);
  int negotiate(Context& context);

  /// answer_error that says when to come back where the connection is to be left alone.
  Error refusal(const std::string& described, const net::HttpAnswer& answer, bool idempotent, Context& context) const;
  /// In its turn, and not beside more others than are allowed.
  net::HttpAnswer send_paced(const net::HttpRequest& request, const std::string& described, Context& context);

  const std::size_t concurrency_;
  net::HttpClient http_;
  Identity identity_;
  net::Throttle throttle_;
  net::ClockWatch clock_;
  std::mutex microversion_mutex_;
  std::optional<int> microversion_;
};

}  // namespace muster::openstack
