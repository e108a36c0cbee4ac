#pragma once

// A cloud for the tests of the OpenStack simulators, and plain calls to its services.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sandbox/sandbox.h"

namespace muster::sandbox {

/// Nothing stands for a connection that ended without one.
struct Answer {
  int status = 0;
  std::string body;
  std::multimap<std::string, std::string> headers;

  /// Empty without one. The case of `name` does not matter.
  std::string header(const std::string& name) const;
};

/// A cloud whose clock stands still until it is moved.
class Lab {
 public:
  explicit Lab(SandboxOptions options = {});

  void pass(std::chrono::milliseconds time) { *now_ += time.count(); }
  Sandbox& sandbox() { return sandbox_; }

  std::optional<Answer> call(const std::string& service, const std::string& method, const std::string& path,
                             const nlohmann::json& body = nullptr,
                             const std::multimap<std::string, std::string>& headers = {});
  std::optional<Answer> nova(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr,
                             const std::string& version = "2.1");
  std::optional<Answer> log_in_with(const std::string& password);
  /// What Nova answers to a GET; these fail the test when they are refused.
  nlohmann::json get(const std::string& path, const std::string& version = "2.1");
  nlohmann::json log_in();
  std::string create(const nlohmann::json& server);
  nlohmann::json show(const std::string& id) { return get("/servers/" + id)["server"]; }

  /// What to ask for; nothing is made yet.
  nlohmann::json server(const std::string& name, const std::string& flavor = "d2-2");

 private:
  std::shared_ptr<std::atomic<std::int64_t>> now_;
  Sandbox sandbox_;
  std::map<std::string, std::string> environment_;
  std::string token_;
};

/// The words of a refusal.
std::string message(const std::optional<Answer>& answer);

}  // namespace muster::sandbox
