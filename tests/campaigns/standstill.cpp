#include "tests/campaigns/standstill.h"

#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace muster::test {
namespace {

namespace fs = std::filesystem;

constexpr int looks_that_count = 3;

/// The third field of proc(5)'s stat follows the program's name, which may hold anything. A thread that has ended
/// sleeps.
bool sleeps(const fs::path& thread) {
  std::ifstream file(thread / "stat");
  std::string line;
  if (!std::getline(file, line)) return true;
  const std::size_t name_ends = line.rfind(')');
  return name_ends + 2 < line.size() && line[name_ends + 2] == 'S';
}

bool threads_sleep(pid_t process, pid_t but) {
  std::error_code gone;
  for (const fs::directory_entry& thread :
       fs::directory_iterator(fs::path("/proc") / std::to_string(process) / "task", gone)) {
    if (thread.path().filename() != std::to_string(but) && !sleeps(thread.path())) return false;
  }
  return !gone;
}

}  // namespace

bool Standstill::all_sleep() const {
  return ledger_.under_way() == 0 && threads_sleep(run_, 0) && threads_sleep(getpid(), gettid());
}

bool Standstill::lasts() {
  quiet_looks_ = all_sleep() ? quiet_looks_ + 1 : 0;
  return quiet_looks_ >= looks_that_count;
}

}  // namespace muster::test
