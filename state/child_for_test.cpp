#include "state/child_for_test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace muster::state {

namespace {

/// Those of the test program would report a signal as its own failure, and may wait for ever in it for memory that the
/// interrupted thread was about to get.
void forget_handlers() {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGTERM})
    ::signal(number, SIG_DFL);
}

/// The other threads of the parent are not there, but to the address sanitizer their stacks still hold their frames,
/// and whatever is mapped there later (the index of a WAL, for one) would seem to be touched out of bounds. A stack is
/// what lies above a guard page of its own.
void forget_stacks_of_other_threads() {
#ifdef __SANITIZE_ADDRESS__
  std::ifstream maps("/proc/self/maps");
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  std::uintptr_t guard_end = 0;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, rights) != 3) continue;
    const bool is_stack = begin == guard_end && rights == std::string_view("rw-p");
    if (is_stack) __asan_unpoison_memory_region(reinterpret_cast<void*>(begin), end - begin);
    const bool is_guard = rights == std::string_view("---p") && end - begin == page;
    guard_end = is_guard ? end : 0;
  }
#endif
}

/// The third field of proc(5)'s stat follows the program's name, which may hold anything. A thread that has ended
/// sleeps.
bool sleeps(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string line;
  if (!std::getline(file, line)) return true;
  const std::size_t name_ends = line.rfind(')');
  return name_ends + 2 < line.size() && line[name_ends + 2] == 'S';
}

/// A thread in the middle of the address sanitizer's allocator holds a lock that the child then waits for, for ever:
/// GCC 12's does not let go of it at a fork.
void await_sleep_of_other_threads() {
#ifdef __SANITIZE_ADDRESS__
  constexpr int looks_that_count = 3;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (int quiet = 0; quiet < looks_that_count && std::chrono::steady_clock::now() < end;) {
    quiet = threads_sleep(::getpid(), ::gettid()) ? quiet + 1 : 0;
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
#endif
}

}  // namespace

bool threads_sleep(pid_t process, pid_t but) {
  std::error_code gone;
  for (const std::filesystem::directory_entry& thread :
       std::filesystem::directory_iterator(std::filesystem::path("/proc") / std::to_string(process) / "task", gone)) {
    if (thread.path().filename() != std::to_string(but) && !sleeps(thread.path())) return false;
  }
  return !gone;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / ("muster-state-" + std::string(6, 'X'));
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory " + pattern);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Child::Child(const std::function<int(const Announce&)>& body) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  await_sleep_of_other_threads();
  sigset_t all{};
  sigset_t before{};
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_ = ::fork();
  if (pid_ == 0) {
    forget_handlers();
    forget_stacks_of_other_threads();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) throw std::runtime_error("no child process");
  if (pid_ == 0) {
    ::close(ends[0]);
    int status = 99;
    try {
      status = body([&ends] {
        if (::write(ends[1], "!", 1) != 1) ::_exit(98);
      });
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  announcements_ = ends[0];
}

Child::~Child() {
  if (!collected_) kill();
  ::close(announcements_);
}

bool Child::await_announcement() {
  char byte = 0;
  return ::read(announcements_, &byte, 1) == 1;
}

void Child::kill() {
  ::kill(pid_, SIGKILL);
  wait();
}

bool Child::has_ended() const {
  siginfo_t state{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT);
  return state.si_pid == pid_;
}

int Child::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  collected_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void wait_to_be_killed() {
  for (;;) ::pause();
}

std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Observed sample_server(const std::string& name, const std::string& backend_id) {
  Observed observed;
  observed.id = {"openstack.server", name};
  observed.connection = "OpenStackProject/cloud";
  observed.backend_id = backend_id;
  observed.ownership = Ownership::ours;
  observed.stamp = Stamp{.fleet = "0f1e2d3c",
                         .id = observed.id,
                         .incarnation = {0x123456789abcdef0},
                         .form = stamp_form,
                         .digests = {{"flavor", "0123456789ab"}, {"image", "ba9876543210"}},
                         .revision = {.time = 1'700'000'000, .id = "3f2a91c"},
                         .protect = true,
                         .until = 1'900'000'000};
  observed.attributes = Map{{"flavor", "m1.small"}, {"image", "debian-12"},
                            {"ipv4", "192.0.2.17"}, {"ipv6", "2001:db8::17"},
                            {"key_pair", Value()},  {"name", name},
                            {"network", "Ext-Net"}, {"security_groups", List{"default", "web"}},
                            {"status", "ACTIVE"},   {"tags", List{}}};
  observed.condition = Condition::ready;
  observed.since = at(1'700'000'100);
  observed.created = at(1'700'000'000);
  observed.ever_ready = true;
  observed.evidence = "ACTIVE";
  return observed;
}

}  // namespace muster::state
