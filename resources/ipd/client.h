#pragma once

// Speaks to an IPD server: the original's API, and what ours offers beside it.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/value.h"
#include "resources/ipd/answers.h"
#include "resources/net/http.h"
#include "resources/net/throttle.h"

namespace muster::ipd_driver {

struct Login {
  std::string url;  ///< ends in the server's API_ROOT, without a slash: "https://deploy.example.com/deploy"
  std::string token;
  std::string ca_file;  ///< PEM; empty: the system's
};

struct Limits {
  int concurrency = 4;
  int requests_per_second = 50;
};

/// A file or directory that is sent, or its digest where the server has it already.
struct Part {
  std::string path;
  bool is_directory = false;
  std::string sent_as;
  std::string sha256;
};

struct Upload {
  std::string project;
  std::string version;
  std::string exit_codes;
  std::string owner;  ///< empty: not told
  std::string key;    ///< Idempotency-Key
  Part image;
  Part package;
};

/// Thread-safe. Reads are repeated as net::with_retries does; what the server asks to wait for is waited for. Throws
/// Error with the server's own reason where it gives one, and "IPD SERVER ..." as its beginning.
class Client {
 public:
  /// `network` as in net::HttpClient.
  Client(std::string name, Login login, Limits limits, net::Network* network);

  /// The IpdServer's name in the manifests.
  const std::string& name() const { return name_; }
  const std::string& url() const { return login_.url; }
  /// How many things are best asked for at the same time.
  int concurrency() const { return limits_.concurrency; }

  /// All that the token's user may touch, by name; nothing on an original, which has no such call.
  std::optional<std::map<std::string, Project>> all(Context& context);
  /// Nothing when the token is no ADMIN's.
  std::optional<std::vector<std::string>> projects(Context& context);
  /// Nothing when the server does not know it (any more).
  std::optional<Project> project(const std::string& name, Context& context);
  /// The word of /status.
  std::string status(const std::string& project, const std::string& id, Context& context);
  /// The end of what the script wrote; empty where the server does not tell.
  std::string output(const std::string& project, const std::string& id, Context& context);
  /// Newest first; empty on an original.
  std::vector<Deployed> history(const std::string& project, Context& context);

  /// The id of the new deployment. Sends what the server has not; on an original always all.
  std::string upload(const Upload& upload, Context& context);
  /// Only what the server has: Error(conflict) when it has not.
  std::string upload_kept(const Upload& upload, Context& context);
  void set_owner(const std::string& project, const std::string& owner, Context& context);

  /// Whether the server is ours, by its answers so far: it knows digests, owners and a history.
  bool is_extended() const;

 private:
  struct Sent {
    bool image = true;
    bool package = true;
  };
  net::HttpAnswer get(const std::string& path, const std::vector<int>& accepted, Context& context);
  net::HttpAnswer send(net::HttpRequest request, Context& context);
  net::HttpAnswer send_form(const Upload& upload, Sent sent, Context& context);
  Error refusal(const net::HttpRequest& request, const net::HttpAnswer& answer, Context& context) const;

  const std::string name_;
  const Login login_;
  const Limits limits_;
  net::HttpClient http_;
  net::Throttle throttle_;
  mutable std::mutex mutex_;
  bool is_extended_ = false;
};

/// "13 % of 90.0 MB sent, 25 s left, 3.1 MB/s": on narrow screens its end is cut.
std::string upload_progress(std::int64_t sent, std::int64_t all, std::chrono::milliseconds spent);

}  // namespace muster::ipd_driver
