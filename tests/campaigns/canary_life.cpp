#include "tests/campaigns/canary_life.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace muster::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void put_canaries_into(sandbox::SandboxOptions& options) {
  options.ovh.application_secret = application_secret.bytes;
  options.ovh.consumer_keys.front().id = consumer_key.bytes;
  options.ovh.oauth2_clients.front().secret = client_secret.bytes;
  options.ovh.access_tokens.front().id = access_token.bytes;
}

/// Everything wrong that a service can do, some of it at any time.
json every_fault() {
  const auto rule = [](const char* service, const char* method, const char* path, double probability, json rest) {
    rest.update({{"service", service}, {"method", method}, {"path", path}, {"probability", probability}});
    return rest;
  };
  const json busy{{"action", "status"}, {"status", 429}, {"headers", {{"Retry-After", "1"}}}, {"body", "slow down"}};
  const json broken{{"action", "status"}, {"status", 503}, {"body", "<html><body>no</body></html>"}};
  return {
      {"seed", 11},
      {"rules",
       {rule("nova", "POST", "/servers$", 0.2, {{"action", "drop-after"}}),
        rule("nova", "POST", "/servers$", 0.2, {{"action", "truncate"}, {"bytes", 20}}),
        rule("nova", "POST", "/servers$", 0.1, {{"effect", "error"}}),
        rule("ovh", "POST", "/record$", 0.2, {{"action", "drop-after"}}),
        rule("ovh", "POST", "/refresh$", 0.3, {{"action", "drop-before"}}),
        rule("keystone", "POST", "/tokens$", 0.2, broken), rule("ovh", "GET", "", 0.1, busy),
        rule("nova", "GET", "", 0.1, broken), rule("nova", "DELETE", "", 0.2, {{"action", "drop-after"}}),
        rule("ovh", "DELETE", "", 0.2, broken), rule("nova", "GET", "", 0.1, {{"action", "delay"}, {"delay_ms", 5}})}}};
}

}  // namespace

CanaryLife::CanaryLife() : fleet_(0, put_canaries_into) {
  for (const char* name : {"nova", "glance", "neutron"}) {
    keystone_.rewrite(cloud().url(name),
                      proxies_.emplace_back(std::make_unique<EchoingProxy>(cloud().url(name)))->url());
  }
  party().set_variable("OS_AUTH_URL", auth_url());
  party().set_variable("OVH_ENDPOINT", endpoint());
}

EndedRun CanaryLife::run(const Words& words, const std::optional<Blow>& blow) {
  EndedRun ended = fleet_.run(words, blow);
  ++runs_;
  traces_.add(fmt::format("the screen of {}", fmt::join(words, " ")), ended.screen);
  collect_files();
  return ended;
}

void CanaryLife::break_everything(bool yes) {
  if (yes) {
    cloud().faults().load(every_fault());
  } else {
    cloud().faults().clear();
  }
  for (EchoingProxy* proxy : proxies()) proxy->refuse(yes ? 4 : 0);
}

void CanaryLife::refuse_all(bool yes) {
  for (EchoingProxy* proxy : proxies()) proxy->refuse(yes ? 1 : 0);
}

std::size_t CanaryLife::refusals() const {
  std::size_t sum = static_cast<std::size_t>(keystone_.refused()) + static_cast<std::size_t>(ovh_.refused());
  for (const auto& proxy : proxies_) sum += static_cast<std::size_t>(proxy->refused());
  return sum;
}

std::vector<EchoingProxy*> CanaryLife::proxies() {
  std::vector<EchoingProxy*> all{&keystone_, &ovh_};
  for (const auto& proxy : proxies_) all.push_back(proxy.get());
  return all;
}

std::uint64_t CanaryLife::all_calls() {
  std::uint64_t sum = 0;
  for (const char* service : {"keystone", "nova", "glance", "neutron", "ovh"}) sum += cloud().ledger().calls(service);
  return sum;
}

/// The database with its journals, plan files, and whatever else appears; not what people wrote themselves.
void CanaryLife::collect_files() {
  for (const auto& entry : fs::recursive_directory_iterator(party().directory())) {
    const std::string extension = entry.path().extension();
    if (!entry.is_regular_file() || extension == ".yaml" || extension == ".secret") continue;
    traces_.add(entry.path().filename(), state::file_bytes(entry.path()));
  }
}

std::vector<Canary> CanaryLife::canaries() const {
  std::vector<Canary> all{application_secret, consumer_key,
                          client_secret,      access_token,
                          credential_secret,  shared_password,
                          base_password,      wrong_password,
                          wrong_secret,       {"OS_PASSWORD", "sandbox-password-not-a-secret"}};
  for (const std::string& token : keystone_.tokens()) all.push_back({"a token of Keystone's", token});
  for (const std::string& token : ovh_.tokens()) all.push_back({"a token of OVH's", token});
  for (const std::string& password : passwords_) all.push_back({"a host's own password", password});
  return all;
}

void CanaryLife::kill_process(Words words, std::uint64_t calls) {
  const state::TemporaryDirectory papers;
  const std::string output = papers.path() / "output";
  std::vector<std::string> variables;
  for (const auto& [name, value] : party().variables()) variables.push_back(name + "=" + value);
  words.insert(words.begin(), MUSTER_PROGRAM);
  words.insert(words.end(), {"-f", party().directory().string()});
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  };
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t process = 0;
  const int failed =
      ::posix_spawn(&process, MUSTER_PROGRAM, &actions, nullptr, pointers(words).data(), pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " MUSTER_PROGRAM);
  const std::uint64_t enough = all_calls() + calls;
  bool has_ended = false;
  while (all_calls() < enough && !has_ended) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    has_ended = ::waitpid(process, nullptr, WNOHANG) != 0;
  }
  collect_files();
  if (!has_ended) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }
  ++runs_;
  traces_.add(fmt::format("the output of the process {}", words.at(1)), state::file_bytes(output));
  collect_files();
}

}  // namespace muster::test
