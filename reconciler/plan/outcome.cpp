#include "reconciler/plan/outcome.h"

namespace muster::plan {

Future future_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::unchanged:
      return Future::stays;
    case Verdict::create:
    case Verdict::create_again:
    case Verdict::update:
    case Verdict::replace:
    case Verdict::replace_failed:
    case Verdict::finish:
    case Verdict::recreate_gone:
      return Future::step;
    case Verdict::unknown:
    case Verdict::blocked:
    case Verdict::early:
    case Verdict::over:
      break;
  }
  return Future::hopeless;
}

}  // namespace muster::plan
