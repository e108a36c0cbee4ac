#include "resources/contract/parallel.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace muster {
namespace {

constexpr std::size_t most_threads = 8;
/// Starting a thread takes as long as a handful of small computations.
constexpr std::size_t worth_a_thread = 16;

}  // namespace

void in_parallel(std::size_t count, const std::function<void(std::size_t begin, std::size_t end)>& work) {
  const std::size_t cores = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads);
  const std::size_t ranges = std::clamp<std::size_t>(count / worth_a_thread, 1, cores);
  if (ranges == 1) {
    if (count > 0) work(0, count);
    return;
  }
  std::vector<std::exception_ptr> failures(ranges);
  const auto run = [&](std::size_t range) {
    try {
      work(count * range / ranges, count * (range + 1) / ranges);
    } catch (...) {
      failures[range] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t range = 1; range < ranges; ++range) threads.emplace_back(run, range);
    run(0);
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

void at_once(std::size_t count, std::size_t most, const std::function<void(std::size_t index)>& work) {
  std::mutex mutex;
  std::size_t next = 0;
  std::map<std::size_t, std::exception_ptr> failures;
  const auto take_turns = [&] {
    while (true) {
      std::size_t index = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == count || !failures.empty()) return;
        index = next++;
      }
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failures.emplace(index, std::current_exception());
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t needed = std::min(count, std::max<std::size_t>(most, 1));
    for (std::size_t thread = 1; thread < needed; ++thread) threads.emplace_back(take_turns);
    take_turns();
  }
  if (!failures.empty()) std::rethrow_exception(failures.begin()->second);
}

}  // namespace muster
