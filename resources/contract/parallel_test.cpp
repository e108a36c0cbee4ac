#include "resources/contract/parallel.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace muster {
namespace {

TEST_CASE("every index is worked on once, however many there are") {
  for (const std::size_t count : {0U, 1U, 15U, 16U, 33U, 1'000U, 100'003U}) {
    std::vector<int> visits(count, 0);
    in_parallel(count, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    CAPTURE(count);
    CHECK(std::accumulate(visits.begin(), visits.end(), std::size_t{0}) == count);
    CHECK(std::count(visits.begin(), visits.end(), 1) == static_cast<std::ptrdiff_t>(count));
  }
}

TEST_CASE("the failure of the lowest indices is the one that is told, after all have ended") {
  std::vector<int> visits(10'000, 0);
  std::string told;
  try {
    in_parallel(visits.size(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
      throw std::runtime_error("from " + std::to_string(begin));
    });
  } catch (const std::runtime_error& failure) {
    told = failure.what();
  }
  CHECK(told == "from 0");
  CHECK(std::count(visits.begin(), visits.end(), 1) == 10'000);
}

}  // namespace
}  // namespace muster
