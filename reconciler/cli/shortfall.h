#pragma once

// Why a command does not end well, in one line on stderr: for whoever keeps stdout elsewhere, as cron jobs do. Nothing
// where stdout is the screen, or all is well.

#include <vector>

#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/command.h"
#include "reconciler/plan/plan.h"

namespace muster::cli {

/// Of a plan that is not carried out.
void tell_shortfall(Invocation& call, const apply::Prepared& prepared);
/// Of what could not be read alone.
void tell_unknown(Invocation& call, const std::vector<plan::Unknown>& unknown);
/// Of a run: `result` is the engine's exit code, `code` the command's.
void tell_shortfall(Invocation& call, const apply::Report& report, int result, int code);

}  // namespace muster::cli
