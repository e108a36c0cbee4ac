// The commands that only look: validate, status, render, version.

#include <fmt/format.h>

#include "reconciler/cli/handlers.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/select.h"
#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_render.h"
#include "reconciler/cli/view_status.h"
#include "reconciler/cli/workspace.h"

namespace muster::cli {

int run_validate(Invocation& call) {
  const Workspace workspace(call, Reveal::none);
  const manifests::Load& load = workspace.load();
  std::size_t errors = 0;
  for (const Diagnostic& diagnostic : load.diagnostics) errors += diagnostic.severity == Severity::error ? 1 : 0;
  std::map<std::string, std::size_t> kinds;
  for (const Resource& resource : load.resources) ++kinds[resource.id.kind];
  if (call.options.json) {
    Json json = record("validation");
    json["ok"] = load.ok();
    json["errors"] = errors;
    json["warnings"] = load.diagnostics.size() - errors;
    json["files"] = load.files;
    json["manifests"] = load.documents;
    json["resources"] = kinds;
    call.console.out(line(json));
  } else if (!load.ok()) {
    call.console.err(fmt::format("{} in {} of {}\n", counted(errors, "error"), counted(load.documents, "manifest"),
                                 counted(load.files, "file")));
  } else {
    std::string parts;
    for (const auto& [kind, number] : kinds) parts += (parts.empty() ? "" : ", ") + counted(number, noun_of(kind));
    call.console.show(fmt::format("{} {} in {}: {}\n", call.console.out_paint()(Colour::green, "ok:"),
                                  counted(load.documents, "manifest"), counted(load.files, "file"),
                                  parts.empty() ? "nothing wanted" : parts));
  }
  return load.ok() ? Exit::converged : Exit::bad_input;
}

int run_status(Invocation& call) {
  Workspace workspace(call, Reveal::what_can_be);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.tell_not_compared();
  workspace.open();
  const auto at_work = workspace.run_at_work();
  const apply::Prepared prepared = workspace.prepare({.max_age = call.options.max_age.value_or(std::chrono::minutes(5)),
                                                      .preflight = false,
                                                      .another_run = at_work.has_value()});
  const auto runs = workspace.store().history().runs(1);
  const Time now = call.shell.clock.now();
  const StatusShown shown{prepared,
                          status_of(workspace.load().resources, workspace.load().manifests, prepared),
                          deployment_rows(workspace.load().resources, prepared.snapshot),
                          runs.empty() ? std::nullopt : std::optional(runs.front()),
                          now,
                          at_work,
                          call.console.table_width()};
  tell_shortfall(call, prepared);
  if (call.options.json) {
    call.console.out(status_records(shown));
    return exit_code(prepared);
  }
  call.console.show(status_text(shown, call.console.out_paint(), call.console.out_width()));
  if (const auto cached_at = workspace.cached_at(prepared)) {
    call.console.err("as it was " + duration_text(now - *cached_at) + " ago (--max-age 0 reads it anew)\n");
  }
  return exit_code(prepared);
}

int run_render(Invocation& call) {
  const Workspace workspace(call, Reveal::none);
  if (!workspace.ok()) return Exit::bad_input;
  const manifests::Load& load = workspace.load();
  const auto resources = call.options.words.empty() ? load.resources : resources_meant(load, call.options.words);
  call.console.out(call.options.json ? render_records(resources) : render_text(resources, call.console.out_paint()));
  return Exit::converged;
}

int run_version(Invocation& call) {
  if (call.options.json) {
    Json json = record("version");
    json["muster"] = MUSTER_VERSION;
    call.console.out(line(json));
  } else {
    call.console.out("muster " MUSTER_VERSION "\n");
  }
  return Exit::converged;
}

}  // namespace muster::cli
