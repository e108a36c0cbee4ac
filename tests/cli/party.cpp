#include "tests/cli/party.h"

#include <fmt/format.h>
#include <httplib.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <utility>

#include "reconciler/cli/run.h"
#include "reconciler/cli/system.h"
#include "resources/builtin.h"
#include "resources/contract/value.h"
#include "tests/cli/read_back.h"
#include "tests/support/catch.h"
#include "tests/support/hasty_clock.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

fs::path temporary_directory() {
  std::string pattern = (fs::temp_directory_path() / ("muster-cli-" + std::string(6, 'X'))).string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  return pattern;
}

class MapEnvironment : public Environment {
 public:
  explicit MapEnvironment(const std::map<std::string, std::string>& variables) : variables_(variables) {}
  std::optional<std::string> get(std::string_view name) const override {
    const auto found = variables_.find(std::string(name));
    return found == variables_.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
  }
  bool is_empty(std::string_view name) const override {
    const auto found = variables_.find(std::string(name));
    return found != variables_.end() && found->second.empty();
  }

 private:
  const std::map<std::string, std::string>& variables_;
};

/// Types a line whenever somebody waits for one.
class Typist : public std::streambuf {
 public:
  explicit Typist(const std::function<std::string()>& answer) : answer_(answer) {}

 private:
  int_type underflow() override {
    line_ = answer_() + "\n";
    setg(line_.data(), line_.data(), line_.data() + line_.size());
    return traits_type::to_int_type(line_.front());
  }

  const std::function<std::string()>& answer_;
  std::string line_;
};

/// Events come in the order in which the cloud answers: sorted they are the same every time.
std::string with_sorted_events(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  const auto is_event = [](const std::string& line) { return line.starts_with("[TIME]"); };
  for (auto first = std::find_if(lines.begin(), lines.end(), is_event); first != lines.end();) {
    const auto last = std::find_if_not(first, lines.end(), is_event);
    std::sort(first, last);
    first = std::find_if(last, lines.end(), is_event);
  }
  std::string result;
  for (const std::string& line : lines) result += line + "\n";
  return result;
}

}  // namespace

sandbox::SandboxOptions Party::quick_cloud() {
  sandbox::SandboxOptions options;
  options.clock = [] { return hasty_now(); };
  options.openstack.boot_time = std::chrono::milliseconds(20);
  options.openstack.delete_time = std::chrono::milliseconds(20);
  return options;
}

Party::Party(int hosts, sandbox::SandboxOptions options)
    : directory_(temporary_directory()),
      uid_(digest_bytes(directory_.string()).substr(0, 32)),
      cloud_(std::make_shared<sandbox::Sandbox>(std::move(options))),
      variables_(cloud_->environment()),
      registry_(builtin_registry()) {
  variables_["EVENT_PASSWORD"] = "not-a-real-password";
  write("fleet.yaml",
        fmt::format("apiVersion: muster/v1\nkind: Fleet\nmetadata: {{name: party}}\nspec: {{uid: {}}}\n", fleet_uid()));
  write(
      "connections.yaml",
      "apiVersion: muster/v1\nkind: OpenStackProject\nmetadata: {name: cloud}\nspec: {}\n---\n"
      "apiVersion: muster/v1\nkind: OvhAccount\nmetadata: {name: dns}\nspec: {requestsPerMinute: 6000, burst: 500}\n");
  ask_for(hosts);
}

Party::Party(Beside other)
    : directory_(temporary_directory()),
      uid_(other.first.uid_),
      machine_(directory_.filename().string()),
      cloud_(other.first.cloud_),
      variables_(other.first.variables_),
      clock_(other.first.clock_),
      registry_(builtin_registry()) {}

Party::~Party() { fs::remove_all(directory_); }

void Party::write(const std::string& file, const std::string& text) const { std::ofstream(directory_ / file) << text; }

void Party::ask_for(int hosts, const std::string& file, const std::string& name) const {
  write(file, fmt::format("apiVersion: muster/v1\n"
                          "kind: Workshop\n"
                          "metadata: {{name: {}}}\n"
                          "spec:\n"
                          "  project: cloud\n"
                          "  dns: {{account: dns, zone: example.com}}\n"
                          "  hosts: {}\n"
                          "  image: Debian 12\n"
                          "  flavor: d2-2\n"
                          "  login: {{user: attendee, password: {{env: EVENT_PASSWORD}}, perHostPassword: true}}\n"
                          "  tls: internal\n",
                          name, hosts));
}

void Party::vanish(const std::string& server) {
  httplib::Client control(cloud_->url("control"));
  const auto answer = control.Post("/servers/" + server + "/vanish");
  if (!answer || answer->status != 204) throw std::runtime_error("the sandbox does not do that");
}

void Party::fail_server(const std::string& server) {
  httplib::Client control(cloud_->url("control"));
  const auto answer = control.Post("/servers/" + server + "/state", R"({"status": "ERROR"})", "application/json");
  if (!answer || answer->status != 204) throw std::runtime_error("the sandbox does not do that");
}

void Party::forbid(const std::string& service, const std::string& path_pattern) {
  const std::string body = service == "ovh" ? R"({"class": "Client::Forbidden", "message": "not for you"})"
                                            : R"({"forbidden": {"code": 403, "message": "not for you"}})";
  cloud_->faults().load({{"rules",
                          {{{"service", service},
                            {"path", path_pattern},
                            {"action", "status"},
                            {"status", 403},
                            {"headers", {{"Content-Type", "application/json"}}},
                            {"body", body}}}}});
}

void Party::forbid_nothing() { cloud_->faults().clear(); }

void Party::forget_state() const { fs::remove_all(directory_ / ".muster"); }

std::size_t Party::alive(const std::string& kind) { return cloud_->ledger().counts(kind).alive(); }

std::string Party::fleet_uid() const { return uid_; }

Ran Party::run(std::vector<std::string> words) {
  words.insert(words.end(), {"-f", directory_.string()});
  return run(words, {});
}

Ran Party::run_stopped(std::vector<std::string> words) {
  std::stop_source stop;
  stop.request_stop();
  return run_until(std::move(words), stop.get_token());
}

Ran Party::run_until(std::vector<std::string> words, const std::stop_token& stop) {
  words.insert(words.end(), {"-f", directory_.string()});
  return run(words, stop);
}

Ran Party::run_asked(std::vector<std::string> words, const std::function<std::string()>& answer) {
  words.insert(words.end(), {"-f", directory_.string()});
  Typist typist(answer);
  std::istream in(&typist);
  cli::Terminal terminal;
  terminal.input = terminal.error = true;
  terminal.width = [] { return 200; };  // no message is broken: tests look for its words
  return run(words, {}, in, terminal);
}

Ran Party::run_on_screen(std::vector<std::string> words, int columns) {
  words.insert(words.end(), {"-f", directory_.string()});
  std::istringstream in;
  cli::Terminal terminal;
  terminal.output = terminal.error = true;
  terminal.width = [columns] { return columns; };
  variables_["NO_COLOR"] = "1";
  return run(words, {}, in, terminal);
}

Ran Party::run(const std::vector<std::string>& words, const std::stop_token& stop) {
  std::istringstream in;
  return run(words, stop, in, {});
}

Ran Party::run(const std::vector<std::string>& words, const std::stop_token& stop, std::istream& in,
               const cli::Terminal& terminal) {
  std::ostringstream out;
  std::ostringstream err;
  const MapEnvironment environment(variables_);
  HastyClock hasty_clock;
  Clock& clock = clock_ == nullptr ? hasty_clock : *clock_;
  cli::SystemRandom random;
  cli::Shell shell{in, out, err, terminal, environment, clock, random, stop, "tester@here", nullptr, machine_};
  Ran ran;
  ran.code = cli::run_command_line(words, registry_, shell);
  ran.out = out.str();
  ran.err = err.str();
  ran.screen = normalised(ran.err + ran.out) + fmt::format("exit code {}\n", ran.code);
  return ran;
}

std::string Party::normalised(std::string text) const {
  const std::string directory = directory_.string();
  for (std::size_t at = text.find(directory); at != std::string::npos; at = text.find(directory)) {
    text.replace(at, directory.size(), "DIR");
  }
  return with_sorted_events(replaced(text, {{"\\[ *[0-9][0-9a-z ]*\\]", "[TIME]"},
                                            {"in [0-9][0-9a-z ]* s\n", "in TIME\n"},
                                            {"was ([0-9]+ min )?[0-9]+ s ago", "was TIME ago"},
                                            {"[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+", "IPV4"},
                                            {"IPV4:[0-9]+", "IPV4:PORT"},
                                            {"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"},
                                            {"incarnation: [0-9a-f]{16}", "incarnation: BITS"}}));
}

void check_golden(const std::string& name, const std::string& text) {
  const fs::path path = fs::path("tests/cli/golden") / name;
  if (std::getenv("MUSTER_ACCEPT") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream in(path);
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  INFO("MUSTER_ACCEPT=1 takes the new text as the right one: " << path.string());
  CHECK(text == expected);
}

}  // namespace muster::test
