#include "tests/campaigns/seeded_threads.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace muster::test;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

/// Who of three threads comes when, as letters.
std::string order_of(std::uint64_t seed) {
  std::string order;
  SeededThreads threads({seed, "order", false});
  threads.run([&] {
    std::mutex mutex;
    std::vector<std::jthread> workers;
    for (const char name : {'a', 'b', 'c'}) {
      workers.emplace_back([&, name] {
        for (int i = 0; i < 2; ++i) {
          threads.sleep(seconds(1));
          const std::lock_guard lock(mutex);
          order += name;
        }
      });
    }
  });
  return order;
}

TEST_CASE("a seed runs threads in one order, and seeds together in many", "[one-seed]") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    orders.insert(order_of(seed));
    CHECK(order_of(seed) == order_of(seed));
  }
  CHECK(orders.size() > 6);
}

TEST_CASE("some seed finds an update that is lost between two locks", "[one-seed]") {
  std::set<int> sums;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    int sum = 0;
    SeededThreads threads({seed, "lost update", false});
    threads.run([&] {
      std::mutex mutex;
      const auto add = [&] {
        int read = 0;
        {
          const std::lock_guard lock(mutex);
          read = sum;
        }
        const std::lock_guard lock(mutex);
        sum = read + 1;
      };
      const std::jthread one(add);
      const std::jthread other(add);
    });
    sums.insert(sum);
  }
  CHECK(sums == std::set<int>{1, 2});
}

TEST_CASE("hours pass in no time, by the clocks of the standard library too", "[one-seed]") {
  SeededThreads threads({1, "hours", false});
  const auto before = std::chrono::steady_clock::now();
  threads.run([&] {
    const auto began = std::chrono::steady_clock::now();
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    CHECK_FALSE(never.wait_for(lock, hours(3), [] { return false; }));
    const auto waited = std::chrono::steady_clock::now() - began;
    CHECK(waited >= hours(3));
    CHECK(waited < hours(3) + seconds(1));
  });
  CHECK(std::chrono::steady_clock::now() - before < seconds(60));
}

TEST_CASE("what a thread of a simulation throws comes out of it", "[one-seed]") {
  SeededThreads threads({1, "throws", false});
  CHECK_THROWS_WITH(threads.run([] { throw std::runtime_error("so it ends"); }), "so it ends");
}

}  // namespace
