#include "resources/openstack/cloud_for_test.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <thread>

#include "resources/contract/error.h"
#include "resources/openstack/server_list.h"
#include "tests/support/catch.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

bool lab_wanted() {
  const char* const wanted = std::getenv("OPENSTACK_LAB");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

std::map<std::string, std::string> lab_environment() {
  std::map<std::string, std::string> values;
  for (const char* const name : {"OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME", "OS_USER_DOMAIN_NAME",
                                 "OS_PROJECT_DOMAIN_NAME", "OS_REGION_NAME", "OS_INTERFACE"}) {
    if (const char* const value = std::getenv(name)) values[name] = value;
  }
  if (values.count("OS_AUTH_URL") == 0)
    throw std::runtime_error("OPENSTACK_LAB=1 needs the OS_* variables of a real cloud");
  return values;
}

std::string random_word() {
  std::random_device device;
  return fmt::format("{:08x}", device());
}

struct NoSecrets : SecretReader {
  std::string read(const SecretOrigin&) override { throw Error(Fault::invalid, "no secrets here"); }
};

/// Deadline and pace of everything that waits for a cloud to get on with it.
void until(const char* what, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(fmt::format("waited in vain for {}", what));
    std::this_thread::sleep_for(std::chrono::milliseconds(lab_wanted() ? 300 : 10));
  }
}

}  // namespace

Time JumpClock::now() const {
  const std::lock_guard lock(mutex_);
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + ahead_;
}

std::chrono::steady_clock::time_point JumpClock::steady_now() const {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() + ahead_;
}

bool JumpClock::sleep(std::chrono::milliseconds duration, std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  ahead_ += duration;
  slept_.push_back(duration);
  return !stop.stop_requested();
}

std::vector<std::chrono::milliseconds> JumpClock::slept() const {
  const std::lock_guard lock(mutex_);
  return slept_;
}

std::optional<std::string> MapEnvironment::get(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  if (found == values_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

struct TestCloud::Ambient : Random, Logger, ProgressSink, RateBudget {
  std::uint64_t bits() override { return engine(); }
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view) override {}
  std::chrono::milliseconds book(std::string_view, int, int) override { return std::chrono::milliseconds(0); }
  std::mt19937_64 engine{7};
};

sandbox::OpenStackOptions TestCloud::quick() {
  sandbox::OpenStackOptions options;
  options.boot_time = std::chrono::milliseconds(60);
  options.delete_time = std::chrono::milliseconds(60);
  return options;
}

TestCloud::TestCloud(sandbox::OpenStackOptions options) : TestCloud(options, {}) {}

std::unique_ptr<TestCloud> TestCloud::tiny() {
  auto options = quick();
  options.quota_instances = 2;
  options.quota_cores = 2;
  options.quota_ram_mb = 4096;
  options.quota_ports = 2;
  return std::unique_ptr<TestCloud>(
      new TestCloud(options, {{"OS_USERNAME", "tiny"}, {"OS_PASSWORD", "tiny"}, {"OS_PROJECT_NAME", "tiny"}}));
}

TestCloud::TestCloud(sandbox::OpenStackOptions options, const std::map<std::string, std::string>& overrides)
    : fleet("test-" + random_word()), environment({}), ambient_(std::make_unique<Ambient>()) {
  std::map<std::string, std::string> values;
  if (lab_wanted()) {
    values = lab_environment();
    for (const auto& [name, value] : overrides) values[name] = value;
  } else {
    sandbox::SandboxOptions all;
    all.openstack = options;
    sandbox_ = std::make_unique<sandbox::Sandbox>(all);
    values = sandbox_->environment();
  }
  environment = MapEnvironment(values);
  Manifest manifest;
  manifest.kind = "OpenStackProject";
  manifest.name = "cloud";
  manifest.spec = Map{};
  NoSecrets secrets;
  session_ =
      std::make_unique<OpenStackSession>(credentials_for(manifest, secrets, environment, redactor), Limits{8, 1000});
}

TestCloud::~TestCloud() {
  if (!real()) return;
  Context ambient = context();
  try {
    for (const Server& server : list_servers(session_->client, ambient).servers) {
      const auto stamp = stamp_from(server.metadata);
      if (stamp && stamp->fleet == fleet) foreign_.push_back(server.id);
    }
    const auto token = session_->client.identity().token(ambient);
    const std::string compute = endpoint_url(*token, "compute", session_->client.identity().credentials());
    const std::string image = endpoint_url(*token, "image", session_->client.identity().credentials());
    for (const std::string& id : foreign_) raw(net::Method::remove, compute + "/servers/" + id);
    for (const std::string& id : images_) raw(net::Method::remove, image + "/v2/images/" + id);
  } catch (const Error& error) {
    WARN("the cloud keeps objects of this test: " << error.full_text());
  }
}

Context TestCloud::context() {
  return {clock, *ambient_, {}, *ambient_, *ambient_, calls, *ambient_, redactor, environment, Access::write};
}

Resource TestCloud::server(const std::string& host) const {
  Resource resource;
  resource.id = {"openstack.server", fleet + "/" + host};
  resource.wanted = Map{{"name", fleet + "-" + host},     {"image", "Debian 12"},    {"flavor", "d2-2"},
                        {"network", "Ext-Net"},           {"key_pair", Value()},     {"security_groups", List{}},
                        {"user_data", "#cloud-config\n"}, {"tags", List{"workshop"}}};
  resource.origin = {"fleet.yaml", 3, 1, "Workshop/" + fleet};
  return resource;
}

Stamp TestCloud::stamp(const Resource& resource, std::uint64_t incarnation) const {
  Stamp stamp;
  stamp.fleet = fleet;
  stamp.id = resource.id;
  stamp.incarnation.bits = incarnation;
  stamp.digests = {{"image", "0123456789ab"}, {"user_data", "ba9876543210"}};
  stamp.revision = {1'700'000'000, "3f2a91c"};
  return stamp;
}

Observation TestCloud::observe(ObserveRequest::Reach reach, std::vector<Resource> wanted, std::vector<Observed> known) {
  ObserveRequest request;
  request.reach = reach;
  request.fleet = fleet;
  request.wanted = std::move(wanted);
  request.known = std::move(known);
  Context ambient = context();
  return driver.observe(*session_, request, ambient);
}

Observed TestCloud::await(const Resource& resource, const std::vector<Observed>& known, Condition condition) {
  Observed last;
  until("a condition", [&] {
    const Observation seen = observe(ObserveRequest::Reach::listed, {resource}, known);
    if (seen.objects.size() == 1) last = seen.objects.front();
    return seen.objects.size() == 1 && last.condition == condition;
  });
  return last;
}

Observed TestCloud::created(const Resource& resource, std::uint64_t incarnation) {
  Context ambient = context();
  const Observed begun = driver.create(*session_, resource, stamp(resource, incarnation), ambient);
  return await(resource, {begun}, Condition::ready);
}

void TestCloud::await_gone(const Observed& observed) {
  Context ambient = context();
  until("a deletion", [&] { return !read_server(session_->client, observed.backend_id, ambient); });
}

std::string TestCloud::foreign_server(const std::string& name) {
  Context ambient = context();
  Call call;
  call.method = net::Method::post;
  call.path = "/servers";
  call.operation = "servers";
  call.body = json{{"server",
                    {{"name", name},
                     {"imageRef", session_->names.image("Debian 12", ambient).id},
                     {"flavorRef", session_->names.flavor("d2-2", ambient).id},
                     {"networks", {{{"uuid", session_->names.network("Ext-Net", ambient).id}}}}}}}
                  .dump();
  foreign_.push_back(session_->client.call_json(call, ambient)["server"]["id"]);
  return foreign_.back();
}

std::string TestCloud::ambiguous_image() {
  if (!real()) return "Debian 11";
  std::string name = fleet + "-image";
  Context ambient = context();
  const auto token = session_->client.identity().token(ambient);
  const std::string root = endpoint_url(*token, "image", session_->client.identity().credentials()) + "/v2/images";
  for (int i = 0; i < 2; ++i) {
    const json wanted{{"name", name}, {"container_format", "bare"}, {"disk_format", "raw"}};
    images_.push_back(json::parse(raw(net::Method::post, root, wanted.dump()).body)["id"]);
    raw(net::Method::put, root + "/" + images_.back() + "/file", "x", "application/octet-stream");
  }
  return name;
}

net::HttpAnswer TestCloud::raw(net::Method method, const std::string& url, const std::string& body,
                               const std::string& type) {
  Context ambient = context();
  const auto token = session_->client.identity().token(ambient);
  net::HttpRequest request;
  request.method = method;
  request.url = url;
  request.body = body;
  request.headers = {{"X-Auth-Token", token->value}, {"X-Subject-Token", token->value}};
  if (!body.empty()) request.headers.emplace_back("Content-Type", type);
  net::HttpClient http({});
  return http.send(request, Access::write, {});
}

void script(TestCloud& cloud, nlohmann::json rule) {
  cloud.sandbox().faults().load({{"rules", nlohmann::json::array({std::move(rule)})}});
}

void control(TestCloud& cloud, const std::string& path, const std::string& body) {
  net::HttpRequest request;
  request.method = net::Method::post;
  request.url = cloud.sandbox().url("control") + path;
  request.body = body;
  net::HttpClient http({});
  REQUIRE(http.send(request, Access::write, {}).status == 204);
}

Error failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  FAIL("expected an error");
  throw std::logic_error("unreachable");
}

}  // namespace muster::openstack
