#pragma once

// The inside of SeededThreads, which the functions of seeded_libc.cpp share with it.

#include <pthread.h>
#include <semaphore.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/campaigns/seeded_threads.h"

namespace muster::test {

/// A thread of a simulation. Only who has the baton touches any of them.
struct SeededThread {
  enum class State { ready, waiting, finished };

  explicit SeededThread(int its_number);
  ~SeededThread();
  SeededThread(const SeededThread&) = delete;
  SeededThread& operator=(const SeededThread&) = delete;

  void wake() {
    state = State::ready;
    waits_for = nullptr;
    deadline.reset();
  }

  const int number;
  SeededThreads::Core* core = nullptr;
  sem_t baton;
  State state = State::ready;
  const void* waits_for = nullptr;
  std::optional<std::chrono::nanoseconds> deadline{};
  bool timed_out = false;
  bool is_started = false;  ///< `handle` is set
  pthread_t handle{};
  int calm = 0;  ///< above 0 it is not interrupted where it could go on
};

/// Of the thread that runs; null outside of a simulation.
extern constinit thread_local SeededThread* current_thread;

class SeededThreads::Core {
 public:
  explicit Core(Options options);

  void run(const std::function<void()>& body);
  SeededThread& add_thread();
  /// The last thing a thread does.
  void end_thread(SeededThread& self);
  SeededThread* find(pthread_t handle) const;
  void forget(const SeededThread& thread);

  std::uint64_t bits() { return random_(); }
  std::chrono::nanoseconds now() const { return now_; }
  void pass_time(std::chrono::nanoseconds duration) { now_ += duration; }
  void note(std::string_view text);

  /// Lets the seed decide who goes on.
  void yield();
  /// ... where nothing asks for it.
  void maybe_yield();
  /// False when the deadline came first.
  bool wait_for(const void* what, std::optional<std::chrono::nanoseconds> deadline);
  void wake_all(const void* what);
  void wake_one(const void* what);

  std::uint64_t digest() const { return digest_; }
  std::uint64_t switches() const { return switches_; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void mix(std::uint64_t value);
  bool wake_those_in_time();
  SeededThread& pick();
  SeededThread& next();
  void pass_on(SeededThread& self);
  [[noreturn]] void stuck(const char* why);

  const Options options_;
  std::mt19937_64 random_;
  const std::uint64_t preempts_;  ///< percent
  std::vector<std::unique_ptr<SeededThread>> threads_;
  int next_number_ = 0;
  std::chrono::nanoseconds now_{0};
  std::uint64_t digest_ = 14'695'981'039'346'656'037u;
  std::uint64_t switches_ = 0;
  std::vector<std::string> lines_;
};

/// While it lives, the thread is not interrupted where it could go on.
class Calm {
 public:
  Calm() : thread_(current_thread) {
    if (thread_ != nullptr) ++thread_->calm;
  }
  ~Calm() {
    if (thread_ != nullptr) --thread_->calm;
  }
  Calm(const Calm&) = delete;
  Calm& operator=(const Calm&) = delete;

 private:
  SeededThread* thread_;
};

}  // namespace muster::test
