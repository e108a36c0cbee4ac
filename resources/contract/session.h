#pragma once

// The open handle on a connection, and how a connection manifest becomes one.

#include <memory>
#include <string>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/finding.h"
#include "resources/contract/manifest.h"
#include "resources/contract/place.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"

namespace muster {

/// Credentials, token and limits of one connection; one per run, shared by the drivers of its family.
/// Implementations are thread-safe: workers use one session at the same time.
class Session {
 public:
  virtual ~Session() = default;
};

/// How many verbs may run on one connection at the same time.
struct ConnectionLimits {
  int concurrency = 8;
};

/// A kind of connection manifest. Stateless.
class ConnectionKind {
 public:
  virtual ~ConnectionKind() = default;
  virtual const Schema& schema() const = 0;
  /// The manifest's backend runs on a machine that this fleet makes: resources bring the connection themselves
  /// (OfferedConnection), and nobody opens the manifest.
  virtual bool is_on_machine(const Manifest& manifest) const;
  /// No I/O with the backend.
  virtual ConnectionLimits limits(const Manifest& manifest) const = 0;
  /// Reads configuration files and variables the manifest leaves to convention (clouds.yaml, OVH_*); may log in.
  /// Throws Error(invalid) naming what is missing and where it was looked for, Error(denied) with the server's words,
  /// Error(transient) when the backend does not answer.
  virtual std::unique_ptr<Session> open(const Manifest& manifest, SecretReader& secrets, Context& context) const = 0;

  /// Where `open` would log in and as whom, as a text that equal logins share: endpoint, project, region, user; of a
  /// secret at most a digest. From the manifest, variables and files alone: asks no command for a secret and makes no
  /// call. Reads of another login are never taken for this one's. Throws as `open` does for what is missing.
  virtual std::string login(const Manifest& manifest, const Environment& environment) const = 0;

  /// Where the session's objects are, as the backend tells; nothing: it does not. May log in. What a fleet had in
  /// another place is not gone because it is not seen here. Throws what a read throws.
  virtual Place place(const Manifest& manifest, Session& session, Context& context) const;

  /// For `doctor`: reachability, login, rights, quotas, versions and clock of one open connection. `wanted`: what the
  /// fleet wants there. Only reads; goes on after a failure, so that everything is examined, and never throws for what
  /// a backend says.
  virtual std::vector<Finding> examine(Session& session, const std::vector<const Resource*>& wanted,
                                       Context& context) const;
};

}  // namespace muster
