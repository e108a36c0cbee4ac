#include "tests/campaigns/standstill.h"

#include <unistd.h>

#include "state/child_for_test.h"

namespace muster::test {
namespace {

constexpr int looks_that_count = 3;

}  // namespace

bool Standstill::all_sleep() const {
  return ledger_.under_way() == 0 && state::threads_sleep(run_, 0) && state::threads_sleep(getpid(), gettid());
}

bool Standstill::lasts() {
  quiet_looks_ = all_sleep() ? quiet_looks_ + 1 : 0;
  return quiet_looks_ >= looks_that_count;
}

}  // namespace muster::test
