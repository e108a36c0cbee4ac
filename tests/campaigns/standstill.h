#pragma once

// Sees when everything waits: every thread of a run and of its cloud sleeps, and no call is under way.

#include <sys/types.h>

#include "sandbox/ledger.h"

namespace muster::test {

class Standstill {
 public:
  /// The run is the process `run`; the cloud is this process but for the calling thread.
  Standstill(pid_t run, const sandbox::Ledger& ledger) : run_(run), ledger_(ledger) {}

  /// True at the third look in a row that found nothing awake. What is on its way through a socket wakes its reader
  /// before the next look; what the disk holds up is not asleep.
  bool lasts();

 private:
  bool all_sleep() const;

  pid_t run_;
  const sandbox::Ledger& ledger_;
  int quiet_looks_ = 0;
};

}  // namespace muster::test
