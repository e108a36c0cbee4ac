#pragma once

// What was measured, as a table for people and as JSON.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace muster::bench {

struct Row {
  std::size_t objects = 0;
  std::chrono::milliseconds latency{0};
  std::string step;
  Measured measured;
  std::uint64_t calls = 0;         ///< all services together
  std::uint64_t server_pages = 0;  ///< of them: pages of Nova's list of servers
  std::uint64_t zone_calls = 0;    ///< of them: to OVH
  std::uintmax_t disk_bytes = 0;   ///< of the state database afterwards
  bool wrote = false;              ///< the database changed
};

std::string header();
/// One line; printed as soon as it is known.
std::string line(const Row& row);
/// An array with one object a row; times in milliseconds, sizes in bytes.
std::string json(const std::vector<Row>& rows);

}  // namespace muster::bench
