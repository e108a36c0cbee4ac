#include "tests/campaigns/seeded_threads.h"

#include <fmt/format.h>
#include <sched.h>
#include <semaphore.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>
#include <utility>

#include "tests/campaigns/seeded_core.h"

namespace muster::test {

using std::chrono::nanoseconds;

namespace {

/// A switch takes this long at most, so that time does not stand still while nobody waits.
constexpr std::uint64_t longest_step = 20'000;
/// Of a simulation that has not ended after so much time of its own somebody waits in circles.
constexpr nanoseconds longest_simulation = std::chrono::hours(24 * 30);
/// How often a thread is interrupted where it takes a lock: each seed has its own temper.
constexpr std::uint64_t tempers[] = {0, 2, 10, 40};

/// Threads that take turns cost less on one core; simulations side by side take different ones.
class OneCore {
 public:
  explicit OneCore(std::uint64_t seed) {
    sched_getaffinity(0, sizeof before_, &before_);
    std::vector<int> cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &before_)) cores.push_back(core);
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cores[seed % cores.size()], &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_{};
};

}  // namespace

constinit thread_local SeededThread* current_thread = nullptr;

SeededThread::SeededThread(int its_number) : number(its_number) { sem_init(&baton, 0, 0); }
SeededThread::~SeededThread() { sem_destroy(&baton); }

SeededThreads::Core::Core(Options options)
    : options_(std::move(options)), random_(options_.seed), preempts_(tempers[random_() % std::size(tempers)]) {}

SeededThread& SeededThreads::Core::add_thread() {
  threads_.push_back(std::make_unique<SeededThread>(next_number_++));
  threads_.back()->core = this;
  return *threads_.back();
}

void SeededThreads::Core::run(const std::function<void()>& body) {
  const OneCore one_core(options_.seed);
  current_thread = &add_thread();
  std::exception_ptr failure;
  try {
    body();
  } catch (...) {
    failure = std::current_exception();
  }
  current_thread = nullptr;
  const bool alone = threads_.size() == 1;
  threads_.clear();
  if (failure) std::rethrow_exception(failure);
  if (!alone) throw std::logic_error(options_.what + ": a thread was not joined");
}

void SeededThreads::Core::mix(std::uint64_t value) {
  // FNV-1a, a word at a time.
  digest_ = (digest_ ^ value) * 1'099'511'628'211u;
  digest_ ^= digest_ >> 29;
}

void SeededThreads::Core::note(std::string_view text) {
  for (const char character : text) mix(static_cast<unsigned char>(character));
  mix(static_cast<std::uint64_t>(now_.count()));
  if (!options_.keeps_lines) return;
  const double seconds = std::chrono::duration<double>(now_).count();
  const int number = current_thread == nullptr ? 0 : current_thread->number;
  std::string line = fmt::format("{:12.6f} #{:<3} {}", seconds, number, text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  lines_.push_back(std::move(line));
}

bool SeededThreads::Core::wake_those_in_time() {
  bool any = false;
  for (const auto& thread : threads_) {
    if (thread->state == SeededThread::State::waiting && thread->deadline && *thread->deadline <= now_) {
      thread->timed_out = true;
      thread->wake();
    }
    any = any || thread->state == SeededThread::State::ready;
  }
  return any;
}

/// Precondition: one can run.
SeededThread& SeededThreads::Core::pick() {
  std::uint64_t ready = 0;
  for (const auto& thread : threads_) ready += thread->state == SeededThread::State::ready ? 1 : 0;
  std::uint64_t chosen = random_() % ready;
  for (const auto& thread : threads_) {
    if (thread->state == SeededThread::State::ready && chosen-- == 0) return *thread;
  }
  std::abort();
}

SeededThread& SeededThreads::Core::next() {
  now_ += nanoseconds(random_() % longest_step);
  if (!wake_those_in_time()) {
    std::optional<nanoseconds> first;
    for (const auto& thread : threads_) {
      if (thread->deadline && (!first || *thread->deadline < *first)) first = thread->deadline;
    }
    if (!first) stuck("all threads wait for ever");
    if (*first > longest_simulation) stuck("it does not come to an end");
    now_ = *first;
    wake_those_in_time();
  }
  SeededThread& chosen = pick();
  mix(static_cast<std::uint64_t>(chosen.number));
  mix(static_cast<std::uint64_t>(now_.count()));
  ++switches_;
  return chosen;
}

void SeededThreads::Core::stuck(const char* why) {
  std::fprintf(stderr, "%s: %s at %.3f s\n", options_.what.c_str(), why, std::chrono::duration<double>(now_).count());
  for (const auto& thread : threads_) {
    std::fprintf(stderr, "  thread %d: state %d, waits for %p\n", thread->number, static_cast<int>(thread->state),
                 thread->waits_for);
  }
  std::abort();
}

void SeededThreads::Core::pass_on(SeededThread& self) {
  SeededThread& chosen = next();
  if (&chosen == &self) return;
  sem_post(&chosen.baton);
  if (self.state == SeededThread::State::finished) return;
  while (sem_wait(&self.baton) != 0 && errno == EINTR) {
  }
}

void SeededThreads::Core::yield() {
  if (current_thread->calm == 0) pass_on(*current_thread);
}

void SeededThreads::Core::maybe_yield() {
  if (current_thread->calm == 0 && preempts_ > 0 && random_() % 100 < preempts_) pass_on(*current_thread);
}

bool SeededThreads::Core::wait_for(const void* what, std::optional<nanoseconds> deadline) {
  SeededThread& self = *current_thread;
  self.state = SeededThread::State::waiting;
  self.waits_for = what;
  self.deadline = deadline;
  self.timed_out = false;
  pass_on(self);
  return !self.timed_out;
}

void SeededThreads::Core::wake_all(const void* what) {
  for (const auto& thread : threads_) {
    if (thread->state == SeededThread::State::waiting && thread->waits_for == what) thread->wake();
  }
}

void SeededThreads::Core::wake_one(const void* what) {
  std::vector<SeededThread*> waiting;
  for (const auto& thread : threads_) {
    if (thread->state == SeededThread::State::waiting && thread->waits_for == what) waiting.push_back(thread.get());
  }
  if (!waiting.empty()) waiting[random_() % waiting.size()]->wake();
}

void SeededThreads::Core::end_thread(SeededThread& self) {
  self.state = SeededThread::State::finished;
  wake_all(&self);
  current_thread = nullptr;
  pass_on(self);
}

SeededThread* SeededThreads::Core::find(pthread_t handle) const {
  const auto found = std::find_if(threads_.begin(), threads_.end(), [&](const auto& thread) {
    return thread->is_started && pthread_equal(thread->handle, handle) != 0;
  });
  return found == threads_.end() ? nullptr : found->get();
}

void SeededThreads::Core::forget(const SeededThread& thread) {
  std::erase_if(threads_, [&](const auto& one) { return one.get() == &thread; });
}

SeededThreads::SeededThreads(Options options) : core_(std::make_unique<Core>(std::move(options))) {}
SeededThreads::~SeededThreads() = default;

void SeededThreads::run(const std::function<void()>& body) { core_->run(body); }
std::uint64_t SeededThreads::bits() { return core_->bits(); }
void SeededThreads::sleep(nanoseconds duration) { core_->wait_for(nullptr, core_->now() + duration); }
nanoseconds SeededThreads::elapsed() const { return core_->now(); }
void SeededThreads::note(std::string_view text) { core_->note(text); }
std::uint64_t SeededThreads::digest() const { return core_->digest(); }
std::uint64_t SeededThreads::switches() const { return core_->switches(); }
const std::vector<std::string>& SeededThreads::lines() const { return core_->lines(); }

void SeededThreads::undisturbed(const std::function<void()>& action) {
  const Calm calm;
  action();
}

}  // namespace muster::test
