// Measures muster as a process against the sandbox, from a hundred objects to a hundred thousand. See ./run.

#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "sandbox/sandbox.h"
#include "tests/bench/fleet.h"
#include "tests/bench/measure.h"
#include "tests/bench/rows.h"

namespace muster::bench {
namespace {

struct Settings {
  std::string program;
  std::vector<std::size_t> objects{100, 1'000, 10'000, 100'000};
  std::vector<int> latencies{0, 20};
  int boot_milliseconds = 1'000;
  int repeats = 5;  ///< of the steps that change nothing; the median counts
  std::string json;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / ("muster-bench-" + std::string(6, 'X'))).string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;  // what stays in a temporary directory harms nobody
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

sandbox::SandboxOptions cloud_of(const Settings& settings, int latency) {
  sandbox::SandboxOptions options;
  options.latency = std::chrono::milliseconds(latency);
  options.openstack.boot_time = std::chrono::milliseconds(settings.boot_milliseconds);
  return options;
}

/// One fleet of one size on one cloud, from nothing to nothing.
class Course {
 public:
  Course(const Settings& settings, Launcher& launcher, std::size_t objects, int latency, std::vector<Row>& rows)
      : settings_(settings),
        launcher_(launcher),
        objects_(objects),
        latency_(latency),
        rows_(rows),
        cloud_(cloud_of(settings, latency)),
        variables_(cloud_.environment()),
        state_(directory_.path() / "state.db") {
    variables_["BENCH_PASSWORD"] = "not-a-real-password";
    variables_["TERM"] = "xterm";
    variables_["MUSTER_STATE"] = state_.string();
    std::filesystem::create_directory(fleet());
    write_fleet(fleet(), std::max<std::size_t>(1, objects / objects_per_host));
  }

  void run() {
    record("apply", {"apply", "--yes"}, 1);
    forget();
    record("cold plan", {"plan"}, 1);
    record("warm plan", {"plan", "--max-age", "24h"}, settings_.repeats);
    record("no-op reconcile", {"reconcile"}, settings_.repeats);
    record("destroy", {"destroy", "--yes"}, 1);
  }

 private:
  std::filesystem::path fleet() const { return directory_.path() / "fleet"; }

  void forget() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(state_.string() + suffix);
  }

  std::uintmax_t disk_bytes() const {
    std::uintmax_t bytes = 0;
    for (const char* suffix : {"", "-wal"}) {
      const std::filesystem::path file = state_.string() + suffix;
      if (std::filesystem::exists(file)) bytes += std::filesystem::file_size(file);
    }
    return bytes;
  }

  std::filesystem::file_time_type last_write() const {
    auto last = std::filesystem::file_time_type::min();
    for (const char* suffix : {"", "-wal"}) {
      const std::filesystem::path file = state_.string() + suffix;
      if (std::filesystem::exists(file)) last = std::max(last, std::filesystem::last_write_time(file));
    }
    return last;
  }

  Row once(const std::string& step, const std::vector<std::string>& words) {
    std::vector<std::string> command{settings_.program};
    command.insert(command.end(), words.begin(), words.end());
    const std::uint64_t seen = last_entry_;
    const auto written = last_write();
    Row row{.objects = objects_, .latency = std::chrono::milliseconds(latency_), .step = step, .measured = {}};
    row.measured = launcher_.measure(command, fleet(), variables_);
    if (row.measured.exit_code != 0) {
      throw std::runtime_error(fmt::format("{} ended with {}:\n{}", step, row.measured.exit_code, row.measured.output));
    }
    for (const sandbox::LedgerEntry& entry : cloud_.ledger().entries({}, seen)) {
      last_entry_ = entry.seq;
      if (entry.event != sandbox::Event::called || entry.kind == "control") continue;
      ++row.calls;
      if (entry.kind == "ovh") ++row.zone_calls;
      if (entry.kind == "nova" && entry.name.find("/servers/detail") != std::string::npos) ++row.server_pages;
    }
    row.disk_bytes = disk_bytes();
    row.wrote = last_write() != written;
    return row;
  }

  void record(const std::string& step, const std::vector<std::string>& words, int repeats) {
    std::vector<Row> rows;
    for (int repeat = 0; repeat < repeats; ++repeat) rows.push_back(once(step, words));
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.measured.wall < b.measured.wall; });
    rows_.push_back(rows[rows.size() / 2]);
    std::cout << line(rows_.back()) << std::flush;
  }

  const Settings& settings_;
  Launcher& launcher_;
  const std::size_t objects_;
  const int latency_;
  std::vector<Row>& rows_;
  TemporaryDirectory directory_;
  sandbox::Sandbox cloud_;
  std::map<std::string, std::string> variables_;
  std::filesystem::path state_;
  std::uint64_t last_entry_ = 0;
};

int run(int argc, char** argv) {
  Settings settings;
  CLI::App app{"Measures muster against the sandbox."};
  app.add_option("--muster", settings.program, "the program to measure")->required()->check(CLI::ExistingFile);
  app.add_option("--objects", settings.objects, "sizes, separated by commas")->delimiter(',')->capture_default_str();
  app.add_option("--latency", settings.latencies, "milliseconds per call, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--boot", settings.boot_milliseconds, "milliseconds until a server is active")->capture_default_str();
  app.add_option("--repeats", settings.repeats, "of plans; the median counts")->check(CLI::PositiveNumber);
  app.add_option("--json", settings.json, "also write the rows to this file");
  CLI11_PARSE(app, argc, argv);
  settings.program = std::filesystem::absolute(settings.program).string();
  Launcher launcher;
  std::vector<Row> rows;
  std::cout << header() << std::flush;
  for (const int latency : settings.latencies) {
    for (const std::size_t objects : settings.objects) Course(settings, launcher, objects, latency, rows).run();
  }
  if (settings.json.empty()) return 0;
  std::ofstream file(settings.json);
  file << json(rows);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + settings.json);
  return 0;
}

}  // namespace
}  // namespace muster::bench

int main(int argc, char** argv) {
  try {
    return muster::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
