// Comes before libc: in threads of a simulation what waits, and what tells the time, asks the simulation.

#include <cxxabi.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "tests/campaigns/seeded_core.h"

namespace {

using muster::test::Calm;
using muster::test::current_thread;
using muster::test::SeededThread;
using std::chrono::nanoseconds;

/// 2026-11-21 00:00 UTC, and a machine that was started an hour before.
constexpr nanoseconds wall_epoch = std::chrono::seconds(1'795'219'200);
constexpr nanoseconds steady_epoch = std::chrono::hours(1);
/// Whoever asks again and again what time it is gets on.
constexpr nanoseconds time_to_ask{100};

/// What the program would have called without us. Initialised by the compiler, since it is asked before main.
template <typename Result, typename... Arguments>
class Next {
 public:
  using Function = Result(Arguments...);
  /// `version`: where libc keeps an older function of that name for programs of long ago (x86-64's pthread_cond_wait).
  constexpr Next(Function*, const char* name, const char* version = nullptr) : name_(name), version_(version) {}

  Result operator()(Arguments... arguments) {
    Function* function = found_.load(std::memory_order_relaxed);
    if (function == nullptr) found_.store(function = find(), std::memory_order_relaxed);
    return function(arguments...);
  }

 private:
  Function* find() const {
    void* found = version_ == nullptr ? nullptr : dlvsym(RTLD_NEXT, name_, version_);
    if (found == nullptr) found = dlsym(RTLD_NEXT, name_);
    if (found == nullptr) std::abort();
    return reinterpret_cast<Function*>(found);
  }

  const char* name_;
  const char* version_;
  std::atomic<Function*> found_{nullptr};
};

nanoseconds time_of(const timespec& time) { return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec); }

nanoseconds epoch_of(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? wall_epoch : steady_epoch;
}

/// `try_lock` takes it or says EBUSY.
template <typename TryLock>
int lock_by(const TryLock& try_lock, const void* lock) {
  current_thread->core->maybe_yield();
  int result = try_lock();
  while (result == EBUSY) {
    current_thread->core->wait_for(lock, std::nullopt);
    result = try_lock();
  }
  return result;
}

int wait_by(pthread_cond_t* condition, pthread_mutex_t* mutex, std::optional<nanoseconds> deadline) {
  auto& core = *current_thread->core;
  pthread_mutex_unlock(mutex);
  const bool in_time = core.wait_for(condition, deadline);
  pthread_mutex_lock(mutex);
  return in_time ? 0 : ETIMEDOUT;
}

struct Launch {
  SeededThread& thread;
  void* (*start)(void*);
  void* argument;
};

void* run_thread(void* given) {
  const std::unique_ptr<Launch> launch(static_cast<Launch*>(given));
  SeededThread& thread = launch->thread;
  while (sem_wait(&thread.baton) != 0 && errno == EINTR) {
  }
  current_thread = &thread;
  void* result = launch->start(launch->argument);
  thread.core->end_thread(thread);
  return result;
}

}  // namespace

extern "C" {

int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
  static constinit Next real(&pthread_create, "pthread_create");
  if (current_thread == nullptr) return real(handle, attributes, start, argument);
  auto& core = *current_thread->core;
  SeededThread& thread = core.add_thread();
  auto launch = std::make_unique<Launch>(Launch{thread, start, argument});
  const int result = real(handle, attributes, run_thread, launch.get());
  if (result != 0) {
    core.forget(thread);
    return result;
  }
  static_cast<void>(launch.release());
  thread.handle = *handle;
  thread.is_started = true;
  core.maybe_yield();
  return result;
}

int pthread_join(pthread_t handle, void** result) {
  static constinit Next real(&pthread_join, "pthread_join");
  if (current_thread == nullptr) return real(handle, result);
  auto& core = *current_thread->core;
  SeededThread* const thread = core.find(handle);
  if (thread == nullptr) return real(handle, result);
  while (thread->state != SeededThread::State::finished) core.wait_for(thread, std::nullopt);
  const int outcome = real(handle, result);
  core.forget(*thread);
  return outcome;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static constinit Next real(&pthread_mutex_lock, "pthread_mutex_lock");
  if (current_thread == nullptr) return real(mutex);
  return lock_by([mutex] { return pthread_mutex_trylock(mutex); }, mutex);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  static constinit Next real(&pthread_mutex_unlock, "pthread_mutex_unlock");
  const int result = real(mutex);
  if (current_thread != nullptr) current_thread->core->wake_all(mutex);
  return result;
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  static constinit Next real(&pthread_rwlock_rdlock, "pthread_rwlock_rdlock");
  if (current_thread == nullptr) return real(lock);
  return lock_by([lock] { return pthread_rwlock_tryrdlock(lock); }, lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  static constinit Next real(&pthread_rwlock_wrlock, "pthread_rwlock_wrlock");
  if (current_thread == nullptr) return real(lock);
  return lock_by([lock] { return pthread_rwlock_trywrlock(lock); }, lock);
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  static constinit Next real(&pthread_rwlock_unlock, "pthread_rwlock_unlock");
  const int result = real(lock);
  if (current_thread != nullptr) current_thread->core->wake_all(lock);
  return result;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static constinit Next real(&pthread_cond_wait, "pthread_cond_wait", "GLIBC_2.3.2");
  if (current_thread == nullptr) return real(condition, mutex);
  return wait_by(condition, mutex, std::nullopt);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* deadline) {
  static constinit Next real(&pthread_cond_timedwait, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (current_thread == nullptr) return real(condition, mutex, deadline);
  return wait_by(condition, mutex, time_of(*deadline) - wall_epoch);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* deadline) {
  static constinit Next real(&pthread_cond_clockwait, "pthread_cond_clockwait");
  if (current_thread == nullptr) return real(condition, mutex, clock, deadline);
  return wait_by(condition, mutex, time_of(*deadline) - epoch_of(clock));
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  static constinit Next real(&pthread_cond_signal, "pthread_cond_signal", "GLIBC_2.3.2");
  if (current_thread == nullptr) return real(condition);
  current_thread->core->wake_one(condition);
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  static constinit Next real(&pthread_cond_broadcast, "pthread_cond_broadcast", "GLIBC_2.3.2");
  if (current_thread == nullptr) return real(condition);
  current_thread->core->wake_all(condition);
  return 0;
}

/// Whoever comes second waits in the kernel for the first, so the first must not be interrupted.
int pthread_once(pthread_once_t* once, void (*routine)()) {
  static constinit Next real(&pthread_once, "pthread_once");
  const Calm calm;
  return real(once, routine);
}

int sched_yield() noexcept {
  static constinit Next real(&sched_yield, "sched_yield");
  if (current_thread == nullptr) return real();
  current_thread->core->yield();
  return 0;
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static constinit Next real(&clock_gettime, "clock_gettime");
  if (current_thread == nullptr) return real(clock, time);
  current_thread->core->pass_time(time_to_ask);
  const nanoseconds now = epoch_of(clock) + current_thread->core->now();
  time->tv_sec = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  time->tv_nsec = (now % std::chrono::seconds(1)).count();
  return 0;
}

ssize_t getrandom(void* buffer, size_t length, unsigned flags) {
  static constinit Next real(&getrandom, "getrandom");
  if (current_thread == nullptr) return real(buffer, length, flags);
  for (size_t at = 0; at < length; at += sizeof(std::uint64_t)) {
    const std::uint64_t bits = current_thread->core->bits();
    std::memcpy(static_cast<char*>(buffer) + at, &bits, std::min(sizeof bits, length - at));
  }
  return static_cast<ssize_t>(length);
}

/// Work that is spread over all cores is spread alike on every machine.
int get_nprocs() noexcept {
  static constinit Next real(&get_nprocs, "get_nprocs");
  return current_thread == nullptr ? real() : 2;
}

}  // extern "C"

// The same for what is made when a function is called for the first time.
namespace __cxxabiv1 {
extern "C" {

int __cxa_guard_acquire(__guard* guard) {
  static constinit Next real(&__cxa_guard_acquire, "__cxa_guard_acquire");
  const int is_ours = real(guard);
  if (is_ours != 0 && current_thread != nullptr) ++current_thread->calm;
  return is_ours;
}

void __cxa_guard_release(__guard* guard) noexcept {
  static constinit Next real(&__cxa_guard_release, "__cxa_guard_release");
  real(guard);
  if (current_thread != nullptr) --current_thread->calm;
}

void __cxa_guard_abort(__guard* guard) noexcept {
  static constinit Next real(&__cxa_guard_abort, "__cxa_guard_abort");
  real(guard);
  if (current_thread != nullptr) --current_thread->calm;
}

}  // extern "C"
}  // namespace __cxxabiv1
