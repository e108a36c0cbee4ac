#include "tests/campaigns/planner_cores.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<int> pretended_cores{0};

}  // namespace

/// What libstdc++ asks: a program's own comes before the C library's.
extern "C" int get_nprocs() noexcept {
  const int pretended = pretended_cores;
  return pretended > 0 ? pretended : static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
}

namespace muster::campaign {

void pretend_cores(int cores) { pretended_cores = cores; }

}  // namespace muster::campaign
