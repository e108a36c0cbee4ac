#include "tests/errors/case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <httplib.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

#include "reconciler/cli/command.h"
#include "reconciler/cli/sandbox_settings.h"
#include "state/run_lock.h"
#include "tests/cli/party.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

/// Waits and limits pass so many times faster; the time of day is the system's.
class HurriedClock : public Clock {
 public:
  explicit HurriedClock(int times) : times_(times) {}

  Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return begun_ + (std::chrono::steady_clock::now() - begun_) * times_;
  }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::this_thread::sleep_for(std::chrono::duration_cast<std::chrono::microseconds>(duration) / times_);
    return !stop.stop_requested();
  }

 private:
  int times_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// What the case says of the sandbox, on top of a quick one.
sandbox::SandboxOptions sandbox_of(const YAML::Node& node) {
  cli::Options options;
  options.sandbox = Party::quick_cloud();
  options.sandbox.clock = {};  // the system's, as HurriedClock has it
  options.sandbox.ovh.zone_rules.refresh_duration = std::chrono::milliseconds(1);
  for (const YAML::Node& setting : node) cli::take_sandbox_setting(options, setting.as<std::string>());
  return options.sandbox;
}

nlohmann::json json_of(const YAML::Node& node) {
  if (node.IsSequence()) {
    nlohmann::json list = nlohmann::json::array();
    for (const YAML::Node& item : node) list.push_back(json_of(item));
    return list;
  }
  if (node.IsMap()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& member : node) object[member.first.as<std::string>()] = json_of(member.second);
    return object;
  }
  const auto text = node.as<std::string>();
  const bool is_number =
      node.Tag() != "!" && !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
  if (is_number) return nlohmann::json::parse(text);
  if (node.Tag() != "!" && (text == "true" || text == "false")) return text == "true";
  return text;
}

/// A disk of 16 KiB that this thread and those it starts see. Not ready where that takes rights one does not have.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& path) : path_(path) {
    ready_ = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
             ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=16k") == 0;
  }
  ~SmallDisk() {
    if (ready_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool ready() const { return ready_; }

 private:
  fs::path path_;
  bool ready_ = false;
};

void replace_all(std::string& text, const std::string& part, const std::string& by) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size())) {
    text.replace(at, part.size(), by);
  }
}

/// Lines that were wrapped are one line again: where they break depends on words that are replaced here.
std::string unwrapped(const std::string& screen) {
  const auto indent = [](const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); };
  const std::regex begins_anew(" +(hint:|while |not started ).*");
  std::istringstream in(screen);
  std::string result;
  std::size_t before = 0;
  for (std::string line; std::getline(in, line);) {
    const std::size_t blanks = indent(line);
    const bool continues = (blanks == 4 || blanks == 8 || blanks == 10) && before != 0 &&
                           (blanks == before || blanks == 10) && !std::regex_match(line, begins_anew);
    if (continues) {
      result.back() = ' ';
      result += line.substr(blanks) + "\n";
      continue;
    }
    result += line + "\n";
    before = blanks == 4 || blanks == 8 ? blanks : 0;
  }
  return result;
}

/// Newer libraries put some things otherwise.
std::string in_old_words(std::string screen) {
  const std::vector<std::pair<const char*, const char*>> words = {
      {"Could not connect to server", "Couldn't connect to server"},
      {"(OpenSSL/[^ ]+|TLS connect error): error:[0-9A-F]+:SSL routines::[a-z ]+", "OpenSSL: WORDS "},
      {"end of response with ([0-9]+) bytes missing", "transfer closed with $1 bytes remaining to read"},
      {"error adding trust anchors from file", "error setting certificate file"},
      {"(Could not resolve host: [^ ]+) \\(Could not contact DNS servers\\)", "$1"},
      {"(Unsupported proxy syntax in '[^']*'): [^\n]*", "$1"}};
  for (const auto& [newer, old] : words) screen = std::regex_replace(screen, std::regex(newer), old);
  return screen;
}

class Case {
 public:
  explicit Case(const YAML::Node& said)
      : said_(said), party_(said["hosts"] ? said["hosts"].as<int>() : 1, sandbox_of(said["sandbox"])) {
    for (const char* service : {"keystone", "nova", "glance", "neutron", "ovh", "control"}) {
      std::string place = service;
      std::transform(place.begin(), place.end(), place.begin(), [](unsigned char c) { return std::toupper(c); });
      places_["@" + place + "@"] = party_.cloud().url(service);
    }
    places_["@KEYSTONE_HOST@"] = places_["@KEYSTONE@"].substr(7);
    places_["@HOME@"] = home().string();
    places_["@DIR@"] = party_.directory().string();
    party_.set_clock(&clock_.emplace(1));
    fs::create_directories(home());
    party_.set_variable("HOME", home().string());
  }

  std::string screens() {
    unset();
    for (const auto& variable : said_["set"]) party_.set_variable(text(variable.first), text(variable.second));
    write(said_["files"]);
    for (const YAML::Node& command : said_["before"]) {
      const Ran ran = party_.run(words(command));
      if (ran.code != 0 && ran.code != 2) throw std::runtime_error("what comes before fails:\n" + ran.screen);
    }
    write(said_["then"]);
    if (said_["hurry"]) party_.set_clock(&clock_.emplace(said_["hurry"].as<int>()));
    for (const YAML::Node& call : said_["control"]) change_world(text(call[0]), text(call[1]));
    if (said_["faults"]) party_.cloud().faults().load({{"rules", filled(json_of(said_["faults"]))}});
    std::optional<SmallDisk> disk;
    if (said_["small_disk"]) {
      fs::create_directories(party_.directory() / ".muster");
      if (!disk.emplace(party_.directory() / ".muster").ready()) return {};
    }
    std::optional<state::RunLock> lock;
    if (said_["lock_held"]) lock = std::get<state::RunLock>(state::RunLock::try_acquire(party_.fleet_uid()));
    std::string screens;
    for (const YAML::Node& command : said_["run"]) {
      const std::vector<std::string> spoken = words(command);
      const Ran ran = said_["as_given"] ? party_.run_as_given(spoken) : party_.run(spoken);
      screens += normalised(fmt::format("$ muster {}\n{}", fmt::join(spoken, " "), ran.screen));
    }
    return screens;
  }

 private:
  /// Hidden, so that nobody takes what is there for manifests.
  fs::path home() const { return party_.directory() / ".home"; }

  void unset() {
    for (const YAML::Node& node : said_["unset"]) {
      const auto name = node.as<std::string>();
      const bool is_family = name.ends_with('*');
      const std::string begin = name.substr(0, name.size() - (is_family ? 1 : 0));
      const std::map<std::string, std::string> all = party_.variables();
      for (const auto& [variable, value] : all) {
        if (is_family ? variable.starts_with(begin) : variable == name) party_.unset_variable(variable);
      }
    }
  }

  std::string filled(std::string raw) const {
    for (const auto& [place, value] : places_) replace_all(raw, place, value);
    return raw;
  }
  nlohmann::json filled(const nlohmann::json& raw) const { return nlohmann::json::parse(filled(raw.dump())); }
  std::string text(const YAML::Node& node) const { return filled(node.as<std::string>()); }

  std::vector<std::string> words(const YAML::Node& command) const {
    std::vector<std::string> words;
    for (const YAML::Node& word : command) words.push_back(text(word));
    return words;
  }

  void write(const YAML::Node& files) const {
    for (const auto& file : files) {
      const auto name = file.first.as<std::string>();
      const fs::path path = name.starts_with("~/") ? home() / name.substr(2) : party_.directory() / name;
      fs::create_directories(path.parent_path());
      // A directory stands where a file is expected.
      if (name.ends_with('/')) continue;
      std::ofstream(path, std::ios::binary) << text(file.second);
    }
  }

  void change_world(const std::string& path, const std::string& body) {
    httplib::Client control(party_.cloud().url("control"));
    const auto answer = control.Post(path, body, "application/json");
    if (!answer || answer->status / 100 != 2) {
      throw std::runtime_error("the sandbox refuses POST " + path + (answer ? ": " + answer->body : ""));
    }
  }

  std::string normalised(std::string screen) const {
    for (const auto& [place, value] : places_) {
      if (place == "@DIR@" || place == "@HOME@") continue;
      const std::string port = value.substr(value.rfind(':'));
      replace_all(screen, "IPV4" + port, place);
      replace_all(screen, value.substr(value.rfind('/') + 1), place);
    }
    replace_all(screen, home().string(), "HOME");
    replace_all(screen, "DIR/.home", "HOME");
    replace_all(screen, party_.directory().string(), "DIR");
    screen = in_old_words(unwrapped(screen));
    // Retries depend on how the hurried time goes by.
    screen = std::regex_replace(screen, std::regex("calls made: .*"), "calls made: NUMBERS");
    screen = std::regex_replace(screen, std::regex("\"calls\":\\{[^}]*\\}"), "\"calls\":NUMBERS");
    screen = std::regex_replace(screen, std::regex("req-UUID|req-[0-9a-f-]{36}"), "REQUEST");
    screen = std::regex_replace(screen, std::regex("differs from OVH's by [0-9]+ s"), "differs from OVH's by N s");
    screen = std::regex_replace(screen, std::regex("process [0-9]+ on .*\n"), "process NUMBER on HOST\n");
    screen = std::regex_replace(screen, std::regex("EU\\.ext-[0-9a-f.]+"), "QUERY");
    screen = std::regex_replace(screen, std::regex("\"cached_at\":\"[^\"]+\""), "\"cached_at\":TIME");
    return std::regex_replace(screen, std::regex("\\b[0-9a-f]{32}\\b"), "HEX");
  }

  const YAML::Node said_;
  Party party_;
  std::map<std::string, std::string> places_;
  std::optional<HurriedClock> clock_;
};

}  // namespace

std::vector<fs::path> all_cases() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator("tests/errors/cases")) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string screens_of(const fs::path& file) {
  const YAML::Node said = YAML::LoadFile(file.string());
  if (said["not_as_root"] && ::geteuid() == 0) return {};
  return Case(said).screens();
}

}  // namespace muster::test
