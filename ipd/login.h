#pragma once

// Whose request it is, by the token it carries.

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <variant>

#include "ipd/http_server.h"
#include "ipd/log.h"
#include "ipd/login_limit.h"
#include "ipd/users.h"

namespace muster::ipd {

struct Caller {
  UserEntry user;
  std::string address;
};

/// Thread-safe. What it is given must outlive it.
class Login {
 public:
  Login(Users& users, Log& log) : users_(users), log_(log) {}

  /// The caller, or the answer to one who is none.
  std::variant<Caller, Response> identify(const Request& request);

 private:
  bool is_welcome(const std::string& address, const std::string& token);
  Caller welcome(UserEntry user, const std::string& address, const std::string& token);

  Users& users_;
  Log& log_;
  LoginLimit limit_;
  std::mutex verifying_;  ///< held while a token is looked for that is not known yet
  std::atomic<int> waiting_{0};
  std::mutex welcome_mutex_;
  std::set<std::string> welcome_;  ///< fingerprints of an address with a token that it has sent before
};

}  // namespace muster::ipd
