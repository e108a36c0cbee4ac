// apply and destroy against a cloud that misbehaves in one way, then in all ways at once: run again and again until all
// is as it should be.
//
// Some faults are of the cloud's making, some of the way there; the ledger knows what really happened.
// MUSTER_FAULT=NAME plays one of them.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "tests/campaigns/census.h"
#include "tests/campaigns/killed_run.h"
#include "tests/campaigns/report.h"
#include "tests/campaigns/soak.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;
using Adjust = std::function<void(sandbox::SandboxOptions&)>;

constexpr int most_runs = 12;
/// Nothing is killed here, so nothing happens late: time may leap as far as the longest pause between two polls.
constexpr seconds leap{5};

struct Trouble {
  std::string name;
  json rules;
  Adjust adjust{};
  bool costs_only_time = false;  ///< one run is enough
};

/// `how`: members of a rule of sandbox/fault_script.h.
json rule(const char* service, const char* method, const char* path, json how) {
  how["service"] = service;
  how["method"] = method;
  how["path"] = path;
  return how;
}

constexpr const char* any_api = "nova|glance|neutron|ovh";
constexpr const char* write = "POST|PUT|DELETE";
constexpr const char* lists = "/servers/detail|/export|/record\\?";

json refusal(int status, const char* body) {
  return {
      {"action", "status"}, {"status", status}, {"headers", {{"Content-Type", "application/json"}}}, {"body", body}};
}

/// For 5 s in every 10.
json stormy(json how) {
  how["for_ms"] = 5'000;
  how["every_ms"] = 10'000;
  return how;
}

json with(json how, const char* member, const json& value) {
  how[member] = value;
  return how;
}

std::vector<Trouble> writes_in_doubt() {
  const json bad_gateway = refusal(502, "<html><body><h1>502 Bad Gateway</h1></body></html>");
  return {{"commit-then-drop on 30 % of writes",
           {rule(any_api, write, "", {{"action", "drop-after"}, {"probability", 0.3}})}},
          {"half bodies", {rule(any_api, ".*", "", {{"action", "truncate"}, {"bytes", 20}, {"probability", 0.15}})}},
          {"5xx bursts",
           {rule(any_api, ".*", "", stormy(with(bad_gateway, "probability", 0.5))),
            rule(any_api, write, "", stormy(with(bad_gateway, "process_first", true)))}},
          {"delays", {rule(".*", ".*", "", {{"action", "delay"}, {"delay_ms", 5}, {"probability", 0.5}})}},
          {"reordering", {rule(any_api, ".*", "", {{"action", "delay"}, {"spread_ms", 15}})}}};
}

std::vector<Trouble> lists_in_doubt() {
  return {{"stale list pages",
           {rule("nova|ovh", "GET", "/servers/detail|/export", {{"stale_ms", 5'000}})},
           [](auto& options) { options.openstack.page_maximum = 7; }},
          {"duplicated page items",
           {rule("nova|ovh", "GET", lists, {{"repeated", 0.2}})},
           [](auto& options) { options.openstack.page_maximum = 7; }},
          {"missing page items",
           {rule("nova", "GET", lists, {{"missing", 0.1}})},
           [](auto& options) { options.openstack.page_maximum = 7; }},
          {"404 for 5 s after create",
           {rule("nova|ovh", ".*", "/servers/|/record/",
                 with(refusal(404, R"({"itemNotFound": {"code": 404, "message": "Instance could not be found."}})"),
                      "young_ms", 5'000)),
            rule("nova", "POST", "/servers$", {{"effect", "error"}, {"probability", 0.2}})}}};
}

std::vector<Trouble> limits() {
  json too_many = refusal(429, R"({"error": {"status": "429 Too Many Requests", "message": "Too Many Requests"}})");
  const json bare = too_many;
  too_many["headers"]["Retry-After"] = "3";
  return {
      {"429 storms", {rule(".*", ".*", "", stormy(too_many))}, {}, true},
      {"429 storms without Retry-After", {rule(".*", ".*", "", stormy(bare))}, {}, true},
      {"quota",
       {rule(
           "nova", "POST", "/servers$",
           with(refusal(403, R"({"forbidden": {"code": 403, "message": "Quota exceeded for instances: Requested 1"}})"),
                "count", 8))}}};
}

std::vector<Trouble> servers_in_doubt() {
  return {{"slow BUILD", json::array(), [](auto& options) { options.openstack.boot_time = minutes(2); }},
          {"ERROR", {rule("nova", "POST", "/servers$", {{"effect", "error"}, {"probability", 0.2}})}},
          {"clock 4 min ahead", json::array(),
           [](auto& options) { options.clock = [ours = options.clock] { return ours() + minutes(4); }; }},
          {"clock 4 min behind", json::array(),
           [](auto& options) { options.clock = [ours = options.clock] { return ours() - minutes(4); }; }}};
}

std::vector<Trouble> troubles() {
  std::vector<Trouble> all;
  for (const auto& some : {writes_in_doubt(), lists_in_doubt(), limits(), servers_in_doubt()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

/// The first rule that fits decides: each leaves most calls to the others.
Trouble all_of_them() {
  Trouble together{"all of them at once", json::array()};
  for (const Trouble& trouble : troubles()) {
    for (json one : trouble.rules) {
      one["probability"] = std::min(one.value("probability", 1.0), 1.0) / 4;
      together.rules.push_back(std::move(one));
    }
  }
  together.adjust = [](sandbox::SandboxOptions& options) {
    options.openstack.page_maximum = 7;
    options.openstack.boot_time = minutes(1);
    options.clock = [ours = options.clock] { return ours() + minutes(4); };
  };
  return together;
}

/// One fleet under one trouble.
class Ordeal {
 public:
  Ordeal(const Trouble& trouble, int hosts)
      : hosts_(hosts),
        fleet_(hosts, trouble.adjust),
        faults_(fleet_.party().cloud().faults()),
        before_(standing()),
        costs_only_time_(trouble.costs_only_time),
        row_{fmt::format("faults, {} hosts: {}", hosts, trouble.name)} {
    fleet_.set_leap(leap);
    faults_.load({{"seed", 7}, {"rules", trouble.rules}});
  }

  void run() {
    repeat({"apply", "--yes"});
    const std::size_t surplus_servers = servers() - std::min<std::size_t>(servers(), hosts());
    row_.leaked += surplus_servers;
    CHECK(servers() == hosts());
    repeat({"destroy", "--yes"});
    judge();
    if (costs_only_time_) CHECK(row_.runs == 2);
    row_.blows = faults_.met();
    row_.remark = fmt::format("{} calls, {} s", calls_, std::chrono::duration_cast<seconds>(passed_).count());
    print(row_);
  }

 private:
  using Standing = std::map<std::string, std::size_t>;

  std::size_t hosts() const { return static_cast<std::size_t>(hosts_); }
  std::size_t servers() { return fleet_.party().cloud().ledger().counts("server").alive(); }
  Standing standing() { return census(fleet_.party().cloud().ledger(), 0).standing; }

  EndedRun once(const std::vector<std::string>& words) {
    EndedRun ended = fleet_.run(words);
    ++row_.runs;
    calls_ += ended.calls;
    passed_ += ended.passed;
    return ended;
  }

  void repeat(const std::vector<std::string>& words) {
    EndedRun ended;
    std::string screens;
    for (int run = 0; run < most_runs; ++run) {
      ended = once(words);
      if (std::getenv("MUSTER_FAULT") != nullptr) fmt::print("{}\n", ended.screen);
      screens += ended.screen;
      if (ended.status == 0) return;
      // What a destroy cannot look up yet, and what a cloud is slow about, needs time.
      fleet_.let_pass(seconds(60));
    }
    INFO(screens);
    FAIL(row_.campaign << ": no convergence in " << most_runs << " runs of " << words.front());
  }

  void judge() {
    const Census found = census(fleet_.party().cloud().ledger(), 0);
    row_.leaked += surplus(found.standing, before_);
    CHECK(found.standing == before_);
    for (const auto& [name, peak] : found.peak) {
      if (!name.starts_with("server ")) continue;
      INFO(name);
      CHECK(peak == 1);
      row_.duplicated += peak - 1;
    }
  }

  const int hosts_;
  KillableFleet fleet_;
  sandbox::FaultScript& faults_;
  const Standing before_;
  const bool costs_only_time_;
  CampaignRow row_;
  std::uint64_t calls_ = 0;
  std::chrono::milliseconds passed_{0};
};

bool is_chosen(const Trouble& trouble) {
  const char* chosen = std::getenv("MUSTER_FAULT");
  return chosen == nullptr || trouble.name == chosen;
}

}  // namespace

TEST_CASE("whatever the cloud does to calls, in the end every host is there once, and none after destroy") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  const int hosts = campaign::is_soak() ? 200 : 20;
  for (const Trouble& trouble : troubles()) {
    if (is_chosen(trouble)) Ordeal(trouble, hosts).run();
  }
}

TEST_CASE("so it is when it does all of that at once") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  const Trouble all = all_of_them();
  if (is_chosen(all)) Ordeal(all, campaign::is_soak() ? 200 : 20).run();
}

}  // namespace muster::test
