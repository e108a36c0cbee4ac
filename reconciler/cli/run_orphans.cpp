// orphans: what is left over, and what stands where ours stands. Reads everything, changes nothing.

#include "reconciler/cli/handlers.h"
#include "reconciler/cli/hosts.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_orphans.h"
#include "reconciler/cli/workspace.h"

namespace muster::cli {

int run_orphans(Invocation& call) {
  Workspace workspace(call, Reveal::what_can_be);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.open();
  const apply::Prepared prepared =
      workspace.prepare({.plan = {.partial = names_single_files(call.options)}, .preflight = false});
  const std::vector<std::string> gaps = gaps_in(prepared.snapshot);
  Orphans orphans = find_orphans(workspace.load(), prepared, call.registry);
  orphans.complete = gaps.empty();
  if (call.options.json)
    call.console.out(orphans_records(orphans, call.options.shows_all()));
  else
    call.console.show(
        orphans_text(orphans, call.options.shows_all(), call.console.out_paint(), call.console.out_width()));
  for (const std::string& gap : gaps)
    call.console.err(call.console.err_paint()(Colour::yellow, "warning:") + " " + hanging(gap, 4) + "\n");
  if (call.shell.stop.stop_requested()) return Exit::interrupted;
  if (orphans.any()) return Exit::changes_pending;
  return apply::exit_code_of_gaps(prepared);
}

}  // namespace muster::cli
