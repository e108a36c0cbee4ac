#pragma once

// The row that each campaign prints.

#include <chrono>
#include <cstddef>
#include <string>

namespace muster::test {

struct CampaignRow {
  std::string campaign;
  std::string remark{};  ///< stands behind the campaign's name
  std::size_t runs = 0;
  std::size_t blows = 0;       ///< kills, or faults
  std::size_t leaked = 0;      ///< stand in the end and should not, or should and do not
  std::size_t duplicated = 0;  ///< stood beside their like at any time
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};
/// campaign | runs | kills or faults | leaked | duplicated | wall. With MUSTER_SOAK_ROWS=DIRECTORY it is also written
/// there, for the table that ./test --soak prints of all campaigns; an older row of this campaign is replaced.
void print(const CampaignRow& row);

/// Prints the row when it goes: also that of a campaign which a failure cuts short.
class PrintedAtEnd {
 public:
  explicit PrintedAtEnd(const CampaignRow& row) : row_(row) {}
  ~PrintedAtEnd() { print(row_); }
  PrintedAtEnd(const PrintedAtEnd&) = delete;
  PrintedAtEnd& operator=(const PrintedAtEnd&) = delete;

 private:
  const CampaignRow& row_;
};

}  // namespace muster::test
