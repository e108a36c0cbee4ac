#pragma once

// The paths below API_ROOT: who may ask what, and what is answered. As the original daemon's clients know it.

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "ipd/deployer.h"
#include "ipd/http_server.h"
#include "ipd/journal.h"
#include "ipd/log.h"
#include "ipd/login.h"
#include "ipd/settings.h"

namespace muster::ipd {

/// Thread-safe. What it is given must outlive it.
class Api {
 public:
  Api(const Settings& settings, Users& users, Journal& journal, Deployer& deployer, const Files& files,
      const Kept& kept, Log& log);

  /// Reads no body but an upload's.
  Verdict handle(const Request& request);
  /// From now on uploads are refused: the daemon is about to end.
  void refuse_uploads() { is_draining_ = true; }

 private:
  class Receiver;
  class OwnerReader;

  Response answer(const Request& request, const std::vector<std::string>& path, const Caller& caller);
  Verdict decide(const Request& request);
  Verdict upload(const Request& request, const Caller& caller);
  Verdict take_owner(const std::string& project, const Caller& caller);
  Response status(const std::string& project) const;
  Response status(const std::string& project, const std::string& id) const;
  Response info(const std::string& project) const;
  Response projects(const Caller& caller) const;
  Response stat() const;
  Response list() const;
  Response history(const std::string& project) const;
  Response audit_trail() const;
  Response output(const Deployment& deployment) const;
  Response metrics() const;
  Response cancel(const std::string& project, const std::string& id, const Caller& caller);
  void audit(const Caller& caller, std::string action, std::string subject, std::string outcome) const;

  const Settings& settings_;
  Journal& journal_;
  Deployer& deployer_;
  const Files& files_;
  const Kept& kept_;
  Log& log_;
  Login login_;
  const std::chrono::steady_clock::time_point began_;
  std::atomic<bool> is_draining_{false};
};

}  // namespace muster::ipd
