#include "tests/bench/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

namespace muster::bench {
namespace {

constexpr std::size_t hosts_per_workshop = 100;

constexpr const char* fleet = R"(apiVersion: muster/v1
kind: Fleet
metadata: {name: bench}
spec: {uid: 0123456789abcdef0123456789abcdef}
---
apiVersion: muster/v1
kind: OpenStackProject
metadata: {name: cloud}
spec: {limits: {concurrency: 64, requestsPerSecond: 1000}}
---
apiVersion: muster/v1
kind: OvhAccount
metadata: {name: dns}
spec: {concurrency: 64, requestsPerMinute: 100000, burst: 100000}
)";

constexpr const char* workshop = R"(apiVersion: muster/v1
kind: Workshop
metadata: {{name: event-{0:04}}}
spec:
  project: cloud
  dns: {{account: dns, zone: example.com}}
  hosts: {1}
  image: Debian 12
  flavor: d2-2
  login: {{user: attendee, password: {{env: BENCH_PASSWORD}}}}
)";

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

void write_fleet(const std::filesystem::path& directory, std::size_t hosts) {
  write_file(directory / "fleet.yaml", fleet);
  for (std::size_t number = 1; hosts > 0; ++number) {
    const std::size_t size = std::min(hosts, hosts_per_workshop);
    hosts -= size;
    write_file(directory / fmt::format("event-{:04}.yaml", number), fmt::format(fmt::runtime(workshop), number, size));
  }
}

}  // namespace muster::bench
