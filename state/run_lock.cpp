#include "state/run_lock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "resources/contract/error.h"
#include "resources/contract/value.h"

namespace muster::state {
namespace {

struct Address {
  sockaddr_un data{};
  socklen_t length = 0;
  const sockaddr* pointer() const { return reinterpret_cast<const sockaddr*>(&data); }
};

/// A leading NUL byte makes the name abstract (unix(7)); the digest makes it short and hides the uid from other users.
Address address_of(std::string_view fleet_uid, std::string_view machine) {
  const std::string name = "muster-run/" + digest_bytes(fmt::format("{}{}", fleet_uid, machine));
  Address address;
  address.data.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.data.sun_path + 1);
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "this machine";
  return name.data();
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string command_line_of(int pid) {
  std::string text = file_text(fmt::format("/proc/{}/cmdline", pid));
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

/// proc(5): field 22 of stat, in clock ticks since the machine's start; the second field may hold blanks and brackets.
std::optional<Time> start_of(int pid) {
  const std::string stat = file_text(fmt::format("/proc/{}/stat", pid));
  const auto name_end = stat.rfind(')');
  const std::string machine = file_text("/proc/stat");
  const auto boot = machine.find("btime ");
  if (name_end == std::string::npos || boot == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
  if (!fields || ticks_per_second <= 0) return std::nullopt;
  const long long since_boot = std::atoll(field.c_str()) * 1000 / ticks_per_second;
  const long long boot_time = std::atoll(machine.c_str() + boot + std::strlen("btime ")) * 1000;
  return Time(std::chrono::milliseconds(boot_time + since_boot));
}

/// In place of the id of a process that is hidden from us.
constexpr int hidden = 0;

LockHolder described(int pid) {
  LockHolder holder{.host = host_name(), .pid = std::nullopt, .since = std::nullopt, .command = {}};
  if (pid == hidden) return holder;
  holder.pid = pid;
  holder.since = start_of(pid);
  holder.command = command_line_of(pid);
  return holder;
}

}  // namespace

class RunLock::Socket {
 public:
  Socket() : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    if (descriptor_ < 0) {
      throw Error(Fault::permanent, fmt::format("cannot lock the fleet: no socket: {}", std::strerror(errno)));
    }
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// False when the name is taken. Listening makes the owner visible to those who ask who() it is.
  bool bind(const Address& address) {
    if (::bind(descriptor_, address.pointer(), address.length) == 0) {
      if (::listen(descriptor_, SOMAXCONN) == 0) return true;
    } else if (errno == EADDRINUSE) {
      return false;
    }
    throw Error(Fault::permanent, fmt::format("cannot lock the fleet: {}", std::strerror(errno)));
  }

  /// The process that listens on `address`; nothing when none does.
  std::optional<int> who(const Address& address) {
    if (::connect(descriptor_, address.pointer(), address.length) != 0) {
      if (errno == ECONNREFUSED) return std::nullopt;
      return hidden;
    }
    ucred owner{};
    socklen_t size = sizeof owner;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &owner, &size) != 0) return hidden;
    return owner.pid;
  }

 private:
  int descriptor_;
};

std::string LockHolder::to_string(std::string_view age) const {
  std::string text = pid ? fmt::format("process {} on {}", *pid, host) : fmt::format("another process on {}", host);
  if (since) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*since);
    text += fmt::format(", running since {:%Y-%m-%dT%H:%M:%SZ}",
                        fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
    if (!age.empty()) text += fmt::format(" ({})", age);
  }
  if (!command.empty()) text += ": " + command;
  return text;
}

LockHolder this_process() { return described(::getpid()); }

RunLock::RunLock(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
RunLock::RunLock(RunLock&&) noexcept = default;
RunLock& RunLock::operator=(RunLock&&) noexcept = default;
RunLock::~RunLock() = default;

std::optional<LockHolder> RunLock::holder(std::string_view fleet_uid, std::string_view machine) {
  const std::optional<int> pid = Socket().who(address_of(fleet_uid, machine));
  if (!pid) return std::nullopt;
  return described(*pid);
}

std::variant<RunLock, LockHolder> RunLock::try_acquire(std::string_view fleet_uid, std::string_view machine) {
  const Address address = address_of(fleet_uid, machine);
  // An owner that ends, or that has not begun to listen, between our two questions: ask both once more.
  for (int attempt = 0; attempt < 3; ++attempt) {
    auto socket = std::make_unique<Socket>();
    if (socket->bind(address)) return RunLock(std::move(socket));
    const std::optional<int> pid = Socket().who(address);
    if (pid) return described(*pid);
  }
  return described(hidden);
}

}  // namespace muster::state
