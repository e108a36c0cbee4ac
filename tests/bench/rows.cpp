#include "tests/bench/rows.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace muster::bench {
namespace {

constexpr const char* layout = "{:>8} {:>8} {:<18} {:>9} {:>9} {:>9} {:>8} {:>8} {:>6} {:>6} {:>9} {:>6}\n";

double milliseconds(std::chrono::microseconds duration) { return static_cast<double>(duration.count()) / 1000; }

std::string seconds(std::chrono::microseconds duration) {
  return fmt::format("{:.3f} s", milliseconds(duration) / 1000);
}

std::string megabytes(double bytes) { return fmt::format("{:.1f} MB", bytes / 1e6); }

}  // namespace

std::string header() {
  return fmt::format(fmt::runtime(layout), "objects", "per call", "step", "wall", "CPU", "first out", "peak", "calls",
                     "pages", "DNS", "disk", "wrote");
}

std::string line(const Row& row) {
  return fmt::format(fmt::runtime(layout), row.objects, fmt::format("{} ms", row.latency.count()), row.step,
                     seconds(row.measured.wall), seconds(row.measured.cpu), seconds(row.measured.first_output),
                     megabytes(static_cast<double>(row.measured.peak_kb) * 1024), row.calls, row.server_pages,
                     row.zone_calls, megabytes(static_cast<double>(row.disk_bytes)), row.wrote ? "yes" : "no");
}

std::string json(const std::vector<Row>& rows) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    all.push_back({{"objects", row.objects},
                   {"latency_ms", row.latency.count()},
                   {"step", row.step},
                   {"exit_code", row.measured.exit_code},
                   {"wall_ms", milliseconds(row.measured.wall)},
                   {"cpu_ms", milliseconds(row.measured.cpu)},
                   {"first_output_ms", milliseconds(row.measured.first_output)},
                   {"peak_bytes", row.measured.peak_kb * 1024},
                   {"calls", row.calls},
                   {"server_pages", row.server_pages},
                   {"zone_calls", row.zone_calls},
                   {"disk_bytes", row.disk_bytes},
                   {"database_written", row.wrote}});
  }
  return all.dump(2) + "\n";
}

}  // namespace muster::bench
