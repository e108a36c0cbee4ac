#include "resources/contract/parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
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

TEST_CASE("calls are under way together, as many as may be and no more") {
  constexpr std::size_t most = 4;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  std::size_t peak = 0;
  std::vector<int> visits(10, 0);
  at_once(visits.size(), most, [&](std::size_t index) {
    std::unique_lock lock(mutex);
    ++visits[index];
    peak = std::max(peak, ++under_way);
    changed.notify_all();
    // Nobody goes on before all that may have come together, so the peak hangs on no speed.
    CHECK(changed.wait_for(lock, std::chrono::seconds(30), [&] { return peak == most; }));
    --under_way;
  });
  CHECK(peak == most);
  CHECK(std::count(visits.begin(), visits.end(), 1) == 10);
}

TEST_CASE("after a failure no further call is begun") {
  std::vector<int> visits(100, 0);
  CHECK_THROWS_AS(at_once(visits.size(), 1,
                          [&](std::size_t index) {
                            ++visits[index];
                            if (index >= 2) throw std::runtime_error("no");
                          }),
                  std::runtime_error);
  CHECK(std::accumulate(visits.begin(), visits.end(), 0) == 3);
  at_once(0, 4, [](std::size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("of calls that fail together the one of the lowest index is told, whichever failed first") {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t begun = 0;
  std::size_t alive = 2;
  /// Of the call that has failed and been unwound.
  struct Leaving {
    std::mutex& mutex;
    std::condition_variable& changed;
    std::size_t& alive;
    ~Leaving() {
      const std::lock_guard lock(mutex);
      --alive;
      changed.notify_all();
    }
  };
  for (const std::size_t first : {0U, 1U}) {
    begun = 0;
    alive = 2;
    std::string told;
    try {
      at_once(2, 2, [&](std::size_t index) {
        const Leaving leaving{mutex, changed, alive};
        std::unique_lock lock(mutex);
        ++begun;
        changed.notify_all();
        const auto may_fail = [&] { return begun == 2 && (index == first || alive == 1); };
        CHECK(changed.wait_for(lock, std::chrono::seconds(30), may_fail));
        throw std::runtime_error("from " + std::to_string(index));
      });
    } catch (const std::runtime_error& failure) {
      told = failure.what();
    }
    CAPTURE(first);
    CHECK(told == "from 0");
  }
}

}  // namespace
}  // namespace muster
