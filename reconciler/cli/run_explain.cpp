#include <algorithm>
#include <set>

#include "reconciler/cli/explain_kind.h"
#include "reconciler/cli/explain_resource.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/shortfall.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_explain.h"
#include "reconciler/cli/workspace.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

/// A host is a handful of resources; a whole workshop in full would be many screens.
constexpr std::size_t most_in_full = 8;

void explain_kind(Invocation& call, const std::string& word) {
  const KindPath kind = kind_path(call.registry, word);
  if (call.options.json)
    call.console.out(kind_records(call.registry, kind));
  else
    call.console.show(kind_text(call.registry, kind, call.console.out_paint(), call.console.out_width()));
}

void show(Invocation& call, const std::vector<Explanation>& explanations) {
  if (call.options.json) {
    for (const Explanation& explanation : explanations) call.console.out(explanation_record(explanation));
    return;
  }
  const Painter paint = call.console.out_paint();
  const int width = call.console.out_width();
  if (explanations.size() > most_in_full && !call.options.shows_all()) {
    call.console.show(explanations_overview(explanations, paint, width));
    call.console.err("muster explain ID tells all of one; --all all of all\n");
    return;
  }
  for (std::size_t i = 0; i < explanations.size(); ++i)
    call.console.show((i == 0 ? "" : "\n\n") + explanation_text(explanations[i], call.shell.clock.now(), paint, width));
}

/// Whether what it is unknown for is, in the end, something that could not be read.
bool rests_on_unread(const plan::Plan& plan, const plan::Unknown& first) {
  std::set<ResourceId> seen;
  const plan::Unknown* unknown = &first;
  while (unknown->because_of && seen.insert(unknown->id).second) {
    const auto next = std::find_if(plan.unknown.begin(), plan.unknown.end(),
                                   [&](const plan::Unknown& other) { return other.id == *unknown->because_of; });
    if (next == plan.unknown.end()) return false;
    unknown = &*next;
  }
  return true;
}

/// As plan and list have it: what could not be read has been explained in part at best.
int exit_code_of(const std::vector<Explanation>& explanations, const plan::Plan& plan) {
  const auto unread = std::count_if(explanations.begin(), explanations.end(), [&](const Explanation& one) {
    return !one.unread.empty() ||
           std::any_of(one.unknown.begin(), one.unknown.end(),
                       [&](const plan::Unknown& unknown) { return rests_on_unread(plan, unknown); });
  });
  if (unread == 0) return Exit::converged;
  return static_cast<std::size_t>(unread) == explanations.size() ? Exit::failed : Exit::partly;
}

std::vector<ResourceId> ids_of(const ExplainInputs& inputs, const std::string& word) {
  try {
    return ids_meant(inputs, word);
  } catch (const Error& error) {
    const std::string kind = kind_meant(inputs.registry, word);
    if (!kind.empty()) throw Error(error.fault(), error.message(), "did you mean '" + kind + "'?");
    if (error.fault() != Fault::usage || error.hint().starts_with("did you mean")) throw;
    throw Error(error.fault(), error.message(),
                error.hint() +
                    "; also a backend id, a host's name in DNS or its address (muster list shows them), or "
                    "KIND.FIELD (Workshop.hosts)");
  }
}

int explain_resources(Invocation& call, const std::vector<std::string>& words) {
  Workspace workspace(call, Reveal::what_can_be);
  if (!workspace.ok()) return Exit::bad_input;
  workspace.tell_not_compared();
  workspace.open();
  const apply::Prepared prepared =
      workspace.prepare({.max_age = call.options.max_age.value_or(std::chrono::minutes(5)), .preflight = false});
  const ExplainInputs inputs{call.registry, workspace.load(), prepared, workspace.store(), call.shell.clock.now()};
  std::set<ResourceId> ids;
  for (const std::string& word : words) {
    for (ResourceId& id : ids_of(inputs, word)) ids.insert(std::move(id));
  }
  const std::vector<Explanation> explanations = explain(inputs, {ids.begin(), ids.end()});
  show(call, explanations);
  std::vector<plan::Unknown> unknown;
  for (const Explanation& one : explanations) unknown.insert(unknown.end(), one.unknown.begin(), one.unknown.end());
  tell_unknown(call, unknown);
  if (const auto cached_at = workspace.cached_at(prepared); cached_at && !call.options.json) {
    call.console.err("as it was " + duration_text(call.shell.clock.now() - *cached_at) +
                     " ago (--max-age 0 reads it anew)\n");
  }
  return exit_code_of(explanations, prepared.plan);
}

}  // namespace

int run_explain(Invocation& call) {
  if (call.options.words.empty()) {
    throw Error(
        Fault::usage, "explain what?",
        "muster explain NAME: a resource, host or manifest; muster explain KIND[.FIELD]: what manifests may say");
  }
  std::vector<std::string> names;
  for (const std::string& word : call.options.words) {
    if (means_kind(call.registry, word))
      explain_kind(call, word);
    else
      names.push_back(word);
  }
  return names.empty() ? Exit::converged : explain_resources(call, names);
}

}  // namespace muster::cli
