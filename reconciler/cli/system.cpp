#include "reconciler/cli/system.h"

#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include "resources/contract/error.h"

namespace muster::cli {

Time SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Windows that others count go on while this machine sleeps, which CLOCK_MONOTONIC does not see.
std::chrono::steady_clock::time_point SystemClock::steady_now() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

bool SystemClock::sleep(std::chrono::milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wakes;
  std::unique_lock lock(mutex);
  wakes.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

std::uint64_t SystemRandom::bits() {
  std::uint64_t value = 0;
  if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    throw Error(Fault::permanent, "the kernel gives no random bytes");
  }
  return value;
}

std::optional<std::string> ProcessEnvironment::get(std::string_view name) const {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

bool ProcessEnvironment::is_empty(std::string_view name) const {
  const char* value = std::getenv(std::string(name).c_str());
  return value != nullptr && *value == '\0';
}

std::string user_at_host() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found);
  const std::string user = found ? found->pw_name : std::to_string(geteuid());
  return user + "@" + host.data();
}

}  // namespace muster::cli
