#include "tests/campaigns/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace muster::test {
namespace {

namespace fs = std::filesystem;

std::string text(const CampaignRow& row, std::string_view between) {
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - row.began;
  const std::string name = row.remark.empty() ? row.campaign : fmt::format("{} ({})", row.campaign, row.remark);
  return fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}{0}{6:.1f} s\n", between, name, row.runs, row.blows, row.leaked,
                     row.duplicated, wall.count());
}

std::string file_name(std::string campaign) {
  std::replace_if(
      campaign.begin(), campaign.end(), [](unsigned char letter) { return std::isalnum(letter) == 0; }, '-');
  return campaign + ".tsv";
}

}  // namespace

void print(const CampaignRow& row) {
  std::fputs(text(row, " | ").c_str(), stdout);
  std::fflush(stdout);
  const char* directory = std::getenv("MUSTER_SOAK_ROWS");
  if (directory == nullptr) return;
  fs::create_directories(directory);
  const fs::path path = fs::path(directory) / file_name(row.campaign);
  std::ofstream file(path);
  file << text(row, "\t");
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace muster::test
