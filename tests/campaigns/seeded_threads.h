#pragma once

// Threads, locks, waits and clocks of a whole program decided by one seed: the same seed, the same interleaving.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::test {

/// Runs code of many threads so that exactly one of them runs at any time. Where a thread starts, takes a lock or
/// waits, the seed decides who goes on; nobody waits for real: when all wait, simulated time goes on to the first
/// deadline.
///
/// The code under test is the shipped one. This program defines pthread_create, pthread_mutex_lock, pthread_cond_wait,
/// clock_gettime, getrandom and their kin before libc does; in threads of a simulation they ask it, in all others they
/// do what libc does. What does not go through these must not wait for another thread: sockets, futexes, std::latch.
///
/// One simulation at a time in a process. When all its threads wait for ever it prints what() it is, and aborts.
class SeededThreads {
 public:
  struct Options {
    std::uint64_t seed = 1;
    /// Names the simulation where it ends the process.
    std::string what;
    /// Keeps what happens as lines, for people.
    bool keeps_lines = false;
  };
  explicit SeededThreads(Options options);
  ~SeededThreads();
  SeededThreads(const SeededThreads&) = delete;
  SeededThreads& operator=(const SeededThreads&) = delete;

  /// Runs `body` as the first thread, and returns when it has ended. Every thread it starts, directly or not, must have
  /// been joined by then. Throws what it throws.
  void run(const std::function<void()>& body);

  // What follows is for threads of the simulation.

  /// From the seed. Each use changes what comes after it.
  std::uint64_t bits();
  std::uint64_t below(std::uint64_t bound) { return bits() % bound; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  /// Lets simulated time pass for this thread; others run meanwhile.
  void sleep(std::chrono::nanoseconds duration);
  /// Since the simulation began.
  std::chrono::nanoseconds elapsed() const;
  /// Something that happened and that a replay has to repeat.
  void note(std::string_view text);
  /// What `action` does is not interrupted by other threads, unless it waits.
  void undisturbed(const std::function<void()>& action);

  /// Over everything noted, and over each change from one thread to another and when.
  std::uint64_t digest() const;
  std::uint64_t switches() const;
  const std::vector<std::string>& lines() const;

  class Core;  ///< for the functions that come before libc's

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace muster::test
