#pragma once

// One OpenStack to test against: the sandbox, or with OPENSTACK_LAB=1 the real one that the OS_* variables name.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/error.h"
#include "resources/openstack/server_driver.h"
#include "resources/openstack/session.h"
#include "sandbox/sandbox.h"

namespace muster::openstack {

/// Never waits: sleeping moves it forward, and is written down.
class JumpClock : public Clock {
 public:
  Time now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override;
  std::vector<std::chrono::milliseconds> slept() const;

 private:
  mutable std::mutex mutex_;
  std::chrono::milliseconds ahead_{0};
  std::vector<std::chrono::milliseconds> slept_;
};

class MapEnvironment : public Environment {
 public:
  explicit MapEnvironment(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  std::optional<std::string> get(std::string_view name) const override;
  void set(const std::string& name, const std::string& value) { values_[name] = value; }

 private:
  std::map<std::string, std::string> values_;
};

class TestCloud {
 public:
  /// `options` is for the sandbox only.
  explicit TestCloud(sandbox::OpenStackOptions options = quick());
  /// Two servers, two cores, two ports: the lab's project `tiny`, or a sandbox with such a quota.
  static std::unique_ptr<TestCloud> tiny();
  static sandbox::OpenStackOptions quick();
  /// Removes every server of this fleet.
  ~TestCloud();
  TestCloud(const TestCloud&) = delete;
  TestCloud& operator=(const TestCloud&) = delete;

  bool real() const { return sandbox_ == nullptr; }
  /// Precondition: not real().
  sandbox::Sandbox& sandbox() { return *sandbox_; }
  Context context();
  OpenStackSession& session() { return *session_; }

  /// A server as a blueprint would want it; names are unique to this run.
  Resource server(const std::string& host) const;
  Stamp stamp(const Resource& resource, std::uint64_t incarnation = 1) const;
  /// What is there of `wanted`, or of all when `reach` says so.
  Observation observe(ObserveRequest::Reach reach, std::vector<Resource> wanted, std::vector<Observed> known = {});
  /// Creates and polls until it is ready or failed.
  Observed created(const Resource& resource, std::uint64_t incarnation = 1);
  /// Polls by observe until `done` says so of the only object of `resource`; fails after a minute.
  Observed await(const Resource& resource, const std::vector<Observed>& known, Condition condition);
  void await_gone(const Observed& observed);
  /// A server that carries no stamp; its backend id.
  std::string foreign_server(const std::string& name);
  /// A name that two images have.
  std::string ambiguous_image();
  /// A call with the session's token, outside of the driver.
  net::HttpAnswer raw(net::Method method, const std::string& url, const std::string& body = {},
                      const std::string& type = "application/json");

  const std::string fleet;
  ServerDriver driver;
  MapEnvironment environment;
  JumpClock clock;
  CallCounter calls;
  Redactor redactor;

 private:
  struct Ambient;
  TestCloud(sandbox::OpenStackOptions options, const std::map<std::string, std::string>& overrides);

  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<Ambient> ambient_;
  std::unique_ptr<OpenStackSession> session_;
  std::vector<std::string> images_;
  std::vector<std::string> foreign_;
};

/// From now on the sandbox follows this one rule of misbehaviour. Precondition: not real().
void script(TestCloud& cloud, nlohmann::json rule);
/// Through the sandbox's own door: what its control service does at `path`. Precondition: not real().
void control(TestCloud& cloud, const std::string& path, const std::string& body = {});

inline PlannedWrite create_of(const Resource& resource) { return {Verb::create, &resource, nullptr}; }

/// What `action` throws; fails the test when it throws nothing.
Error failure_of(const std::function<void()>& action);

}  // namespace muster::openstack
