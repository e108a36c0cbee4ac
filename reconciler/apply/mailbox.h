#pragma once

// How workers hand their results to the coordinator.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace muster::apply {

/// Many writers, one reader.
template <typename Letter>
class Mailbox {
 public:
  void put(Letter letter) {
    {
      const std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    arrived_.notify_one();
  }

  /// Lets a waiting take() return although nothing arrived.
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    arrived_.notify_one();
  }

  /// All that has arrived; waits for the first at most `timeout`.
  std::vector<Letter> take(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, timeout, [this] { return !letters_.empty() || woken_; });
    woken_ = false;
    return std::exchange(letters_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Letter> letters_;
  bool woken_ = false;
};

}  // namespace muster::apply
