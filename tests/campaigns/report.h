#pragma once

// What campaigns have in common: how long they are, and the row each prints.

#include <chrono>
#include <cstddef>
#include <string>

namespace muster::test {

/// MUSTER_SOAK=1: everything a campaign has, for as long as it takes; else a part of it, in seconds.
bool soaks();

struct CampaignRow {
  std::string campaign;
  std::size_t runs = 0;
  std::size_t blows = 0;  ///< kills, or faults
  std::size_t leaked = 0;
  std::size_t duplicated = 0;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};
/// campaign | runs | kills or faults | leaked | duplicated | wall
void print(const CampaignRow& row);

}  // namespace muster::test
