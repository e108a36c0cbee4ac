#include "tests/fuzz/trial.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "state/child_for_test.h"
#include "tests/fuzz/mutate.h"

namespace muster::fuzz {
namespace {

/// What both processes see.
struct Shared {
  std::size_t inputs;
  std::size_t size;
  std::array<char, longest_input> input;
  std::array<char, 400> failure;
};

class SharedPage {
 public:
  SharedPage() {
    void* page = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::runtime_error("no shared memory");
    shared_ = static_cast<Shared*>(page);  // all of it is zero
  }
  ~SharedPage() { ::munmap(shared_, sizeof(Shared)); }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  Shared* operator->() const { return shared_; }

 private:
  Shared* shared_;
};

/// Of what can be written: address space alone is taken by each thread's heap in large pieces.
void bound_memory([[maybe_unused]] std::size_t most) {
#ifndef MUSTER_SANITIZED
  const rlimit limit{most, most};
  if (::setrlimit(RLIMIT_DATA, &limit) != 0) throw std::runtime_error("no limit of memory");
#endif
}

/// The signal that comes then ends the process.
void begin_time(std::chrono::seconds most) {
#ifdef MUSTER_SANITIZED
  most *= 15;
#endif
  const itimerval timer{{0, 0}, {most.count(), 0}};
  if (::setitimer(ITIMER_PROF, &timer, nullptr) != 0) throw std::runtime_error("no limit of time");
}

void try_one(void (*target)(std::string_view), SharedPage& shared, const std::string& input) {
  shared->size = std::min(input.size(), longest_input);
  std::memcpy(shared->input.data(), input.data(), shared->size);
  ++shared->inputs;
  // A buffer of just that size: what reads beyond it is seen by a sanitizer.
  const std::string exact(shared->input.data(), shared->size);
  target(exact);
}

int try_all(void (*target)(std::string_view), const std::function<std::optional<std::string>()>& next,
            const Bounds& bounds, SharedPage& shared) {
  bound_memory(bounds.memory);
  while (const auto input = next()) {
    begin_time(bounds.time);
    try {
      try_one(target, shared, *input);
    } catch (const std::exception& error) {
      std::string_view(error.what()).copy(shared->failure.data(), shared->failure.size() - 1);
      return 1;
    }
  }
  return 0;
}

std::string words_for(int ended, const std::string& failure) {
  if (ended == 1) return failure;
  if (ended == -SIGPROF) return "takes too long";
  if (ended < 0) return fmt::format("ended by signal {} ({})", -ended, ::strsignal(-ended));
  return fmt::format("ended with status {}", ended);
}

}  // namespace

Trial try_inputs(void (*target)(std::string_view), const std::function<std::optional<std::string>()>& next,
                 const Bounds& bounds) {
  SharedPage shared;
  state::Child child([&](const state::Child::Announce&) { return try_all(target, next, bounds, shared); });
  const int ended = child.wait();
  Trial trial{shared->inputs};
  if (ended == 0) return trial;
  trial.failure = words_for(ended, shared->failure.data());
  trial.input.assign(shared->input.data(), shared->size);
  return trial;
}

}  // namespace muster::fuzz
