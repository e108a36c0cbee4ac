#include "tests/campaigns/small_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace muster::test {
namespace {

constexpr std::size_t page = 4096;

bool write_to(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  return static_cast<bool>(file.flush());
}

/// Of whoever may not mount for all: to be root among no one else.
bool become_root_of_nothing() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  return ::unshare(CLONE_NEWUSER) == 0 && write_to("/proc/self/setgroups", "deny") &&
         write_to("/proc/self/uid_map", fmt::format("0 {} 1", user)) &&
         write_to("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

/// Only this process sees it.
bool mount_here(const std::string& directory, std::size_t bytes) {
  if (::geteuid() != 0 && !become_root_of_nothing()) return false;
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return ::mount("small", directory.c_str(), "tmpfs", 0, fmt::format("size={}", bytes).c_str()) == 0;
}

}  // namespace

std::unique_ptr<SmallDisk> SmallDisk::mount(std::size_t bytes) {
  auto disk = std::unique_ptr<SmallDisk>(new SmallDisk(bytes));
  if (disk->keeper_->await_announcement()) return disk;
  return nullptr;
}

SmallDisk::SmallDisk(std::size_t bytes) {
  const std::string directory = below_.path();
  keeper_ = std::make_unique<state::Child>([&](const state::Child::Announce& announce) {
    if (!mount_here(directory, bytes)) return 1;
    announce();
    state::wait_to_be_killed();
    return 0;
  });
  outside_ = fmt::format("/proc/{}/root{}", keeper_->pid(), directory);
}

void SmallDisk::enter() const {
  const auto join = [this](const char* kind, int type) {
    const int descriptor = ::open(fmt::format("/proc/{}/ns/{}", keeper_->pid(), kind).c_str(), O_RDONLY | O_CLOEXEC);
    const bool has_joined = descriptor >= 0 && ::setns(descriptor, type) == 0;
    ::close(descriptor);
    if (!has_joined) throw std::runtime_error(fmt::format("cannot join the {} namespace of another process", kind));
  };
  if (::geteuid() != 0) join("user", CLONE_NEWUSER);
  join("mnt", CLONE_NEWNS);
}

void SmallDisk::leave(std::size_t bytes) {
  make_room();
  const std::size_t free = std::filesystem::space(outside_).available;
  std::ofstream file(ballast(), std::ios::binary);
  file << std::string(free > bytes ? (free - bytes) / page * page : 0, 'b');
}

void SmallDisk::make_room() { std::filesystem::remove(ballast()); }

}  // namespace muster::test
