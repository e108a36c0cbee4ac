#pragma once

// What a command that looks at a fleet needs, opened in the right order: manifests, database, context, engine.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/apply/reconcile.h"
#include "reconciler/cli/command.h"
#include "reconciler/cli/field_places.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/view_progress.h"
#include "resources/contract/file_digests.h"
#include "state/run_lock.h"
#include "state/store.h"

namespace muster::cli {

/// The paths asked for, or the current directory.
std::vector<std::string> manifest_paths(const Options& options);
/// Then what they do not mention may stand in the files that were not given.
bool names_single_files(const Options& options);
/// --state, else MUSTER_STATE, else .muster/state.db beside the manifests.
std::string state_path(const Options& options, const Environment& environment);

/// What the planner has to know of the fleet.
plan::FleetFacts facts_of(const manifests::Load& load);

/// Which secrets of what is wanted a command needs.
enum class Reveal {
  none,         ///< not even those of connections
  what_can_be,  ///< it looks or removes: what cannot be read is not compared
  needed,       ///< it plans: only what is over, or has not begun, can do without
};

class Workspace {
 public:
  /// When warnings of the manifests are shown; errors are at once.
  enum class Warnings { at_once, later };

  /// Reads the manifests and shows every problem in them. Nothing else is opened yet. `at`: the time for which secrets
  /// are needed, when it is not now.
  /// `go_on` as in manifests::LoadOptions.
  Workspace(Invocation& call, Reveal reveal, std::optional<Time> at = {},
            std::function<bool(const manifests::Fleet&)> go_on = {}, Warnings warnings = Warnings::at_once);
  ~Workspace();

  /// What was left for later.
  void tell_warnings_now();

  /// False: there were errors, and the command ends with Exit::bad_input.
  bool ok() const { return load_.ok(); }
  const manifests::Load& load() const { return load_; }
  manifests::Secrets& secrets() { return secrets_; }
  /// For commands that compare: says what they do not, since its secrets could not be read.
  void tell_not_compared();
  /// The same where only what stands before its time can lack secrets. Precondition: open().
  void tell_not_compared(const apply::Prepared& prepared);

  /// Opens the database and the engine. Commands that change the world ask for Access::write, no other may; the others
  /// work on a copy of a database that cannot be written, and say that nothing is remembered.
  /// Precondition: ok().
  void open(Access access = Access::read);
  /// The same on another database than that of the command line.
  void open(Access access, const std::filesystem::path& database);

  // Precondition of the following: open().
  state::Store& store();
  Context& context();
  apply::Prepared prepare(const apply::PassOptions& options);
  apply::PreparedAdoption prepare_adoption(const std::optional<std::vector<ResourceId>>& only);
  std::vector<Diagnostic> rehearse(const apply::Prepared& prepared);
  apply::Report apply(const apply::Prepared& prepared, const std::string& command, apply::EventSink& events);
  const ProgressNotes& notes() const { return notes_; }
  /// The oldest read it rests on that was made before this command began.
  std::optional<Time> cached_at(const apply::Prepared& prepared) const;
  /// Who else holds the lock of the fleet now.
  std::optional<state::LockHolder> run_at_work() const;
  PlanShown shown(const apply::Prepared& prepared) const;

 private:
  struct Engines;
  void tell_warnings(const std::vector<Diagnostic>& warnings);

  Invocation& call_;
  Time began_;
  Time at_;  ///< for which it is planned
  manifests::Secrets secrets_;
  FileDigests digests_;
  manifests::Load load_;
  FieldPlaces places_;
  ProgressNotes notes_;
  CallCounter calls_;
  std::unique_ptr<Engines> engines_;
};

}  // namespace muster::cli
