#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>

#include "reconciler/cli/doctor.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_doctor.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/workspace.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

/// The database of a rehearsal: the real one is only looked at.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    path_ = (std::filesystem::temp_directory_path() / ("muster-doctor-" + std::string(6, 'X'))).string();
    if (::mkdtemp(path_.data()) == nullptr)
      throw Error(Fault::permanent,
                  "no temporary directory can be made below " + std::filesystem::temp_directory_path().string(),
                  "let TMPDIR name a directory that can be written");
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  std::filesystem::path database() const { return std::filesystem::path(path_) / "state.db"; }

 private:
  std::string path_;
};

class Doctor {
 public:
  explicit Doctor(Invocation& call) : call_(call) {}

  int run();

 private:
  void add(Section section);
  void examine_connections();
  void examine_state();
  void rehearse();

  Invocation& call_;
  std::optional<Workspace> workspace_;
  std::vector<Section> sections_;
};

/// Shown at once: what comes later may take its time.
void Doctor::add(Section section) {
  if (call_.options.json)
    call_.console.out(section_records(section));
  else
    call_.console.show(section_text(section, call_.console.out_paint(), call_.console.out_width()));
  sections_.push_back(std::move(section));
}

void Doctor::examine_connections() {
  const manifests::Load& load = workspace_->load();
  for (const Manifest& manifest : load.manifests) {
    if (call_.registry.connection(manifest.kind) == nullptr) continue;
    add(examine_connection(call_.registry, load, manifest, workspace_->secrets(), workspace_->context()));
  }
  add(examine_guests(call_.shell.environment));
}

void Doctor::examine_state() {
  const manifests::Load& load = workspace_->load();
  const std::filesystem::path path = state_path(call_.options, call_.shell.environment);
  const state::DatabaseFacts facts = state::examine_database(path);
  add(judge_database(facts, path, load.fleet.name, load.fleet.uid));
  add(examine_lock(load.fleet, call_.shell));
  const Time now = call_.shell.clock.now();
  if (!is_usable(facts, load.fleet.uid)) return add(judge_memory(facts, load.fleet.uid));
  state::Store store({.path = path, .fleet_uid = load.fleet.uid, .fleet_name = load.fleet.name, .in_memory = true});
  add(examine_memory(store, call_.registry, now));
}

/// A plan as it would be made without the database: what a loss costs, told by trying it.
void Doctor::rehearse() {
  Section section{"a plan without the database", {}};
  const auto began = call_.shell.clock.steady_now();
  const std::uint64_t calls_before = workspace_->context().calls.total();
  const apply::Prepared prepared = workspace_->prepare({.preflight = false});
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(call_.shell.clock.steady_now() - began);
  section.findings.push_back(
      {FindingState::ok, "cost",
       fmt::format("{} in {}", counted(workspace_->context().calls.total() - calls_before, "call"),
                   duration_text(took))});
  for (const auto& [scope, state] : prepared.snapshot.scopes) {
    if (state.complete) continue;
    section.findings.push_back({FindingState::problem, "reading", scope.to_string() + ": " + state.why_unknown,
                                "what is there is unknown, and gets no step"});
  }
  const std::string changes = changes_text(prepared.plan);
  const std::size_t problems = prepared.plan.problems.size();
  section.findings.push_back(
      {problems == 0 ? FindingState::ok : FindingState::warning, "outcome",
       (changes.empty() ? "no changes" : changes) + (problems == 0 ? "" : ", but " + counted(problems, "problem")),
       ""});
  for (const Diagnostic& problem : prepared.plan.problems)
    section.findings.push_back({FindingState::problem, "outcome", problem.message, problem.hint});
  add(std::move(section));
}

int Doctor::run() {
  add(examine_program());
  workspace_.emplace(call_, Reveal::needed);
  add(examine_manifests(workspace_->load(), call_.shell.clock.now()));
  const ScratchDirectory scratch;
  workspace_->open(Access::read, scratch.database());
  examine_connections();
  examine_state();
  if (workspace_->ok()) rehearse();
  if (call_.options.json)
    call_.console.out(verdict_record(sections_));
  else
    call_.console.show(verdict_text(sections_, call_.console.out_paint()));
  if (worst_of(sections_) == FindingState::problem) return Exit::failed;
  return Exit::converged;
}

}  // namespace

int run_doctor(Invocation& call) { return Doctor(call).run(); }

}  // namespace muster::cli
