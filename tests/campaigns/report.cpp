#include "tests/campaigns/report.h"

#include <fmt/format.h>

#include <cstdio>

namespace muster::test {

void print(const CampaignRow& row) {
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - row.began;
  fmt::print("{} | {} | {} | {} | {} | {:.1f} s\n", row.campaign, row.runs, row.blows, row.leaked, row.duplicated,
             wall.count());
  std::fflush(stdout);
}

}  // namespace muster::test
