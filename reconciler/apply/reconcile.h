#pragma once

// One pass: observe, plan, check, apply. The command line and the timer run the same functions.

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconciler/apply/execute.h"
#include "reconciler/plan/adoption.h"
#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan_file.h"
#include "reconciler/plan/plan_match.h"
#include "reconciler/plan/selection.h"

namespace muster::apply {

/// Both lists must outlive who has it.
struct Wanted {
  plan::FleetFacts fleet;
  const std::vector<Resource>& resources;
  /// All manifests of the fleet: those that are connections are opened when they are needed.
  const std::vector<Manifest>& manifests;
};

struct PassOptions {
  plan::Options plan{};
  std::chrono::seconds max_age{0};  ///< of cached reads; only a plan that is not applied may use them
  std::optional<Time> at{};         ///< plan as if it were then; such a plan is not applied
  bool preflight = true;            ///< ask the backends whether the writes can work, when there are any
  /// The part of the plan that is asked for; everything is read and planned all the same.
  plan::Selection selection{};
  /// Carry out exactly this, as far as nothing of it has moved; `selection` is empty then.
  std::optional<plan::PlanFile> reviewed{};
  bool on_paper = false;  ///< the plan shall be written to a file
  /// The run lock is held: what earlier runs left behind may be recovered.
  bool holds_lock = false;
  bool another_run = false;  ///< somebody else holds it: what is begun and not ended is being made now
};

/// What a plan was made from, kept together for views and for execution.
struct Prepared {
  plan::Snapshot snapshot;
  plan::Plan plan;
  plan::Goal goal = plan::Goal::converge;
  std::span<const Resource> resources;  ///< the engine's: what it was planned for
  /// How the plan was narrowed; nothing when all was asked for.
  std::optional<plan::Selected> selected{};
  std::optional<plan::FileMatch> match{};  ///< with `reviewed`: the plan is empty when anything of the file has moved
  std::optional<plan::PlanFile> paper{};   ///< with `on_paper`; its header is empty
  /// What the backends said would fail: nothing is written while there is an error in it.
  std::vector<Diagnostic> preflight;
  std::optional<std::chrono::seconds> longest_look{};  ///< no check may take longer, whatever the manifests say
};

/// The plan of an adoption is carried out as any other; beside it stands what is not adopted, and why.
struct PreparedAdoption {
  Prepared prepared;
  plan::Adoption adoption;  ///< its plan is in `prepared`
};

class Engine {
 public:
  /// All but `wanted` must outlive the engine. `who` is user@host, for the history. What `context` may write is written
  /// by rehearse and apply alone.
  Engine(const Registry& registry, Wanted wanted, state::Store& store, SecretReader& secrets, Context& context,
         std::string who);
  ~Engine();

  /// Reads (from the cache as far as max_age allows) and plans. Writes only what it read, and what it found equal; with
  /// the lock held also what concerns earlier runs.
  Prepared prepare(const PassOptions& options);
  /// Reads everything, asks the drivers about what stands where something is wanted, and plans to take it over. `only`:
  /// nothing but these, which then needs what they need.
  PreparedAdoption prepare_adoption(const std::optional<std::vector<ResourceId>>& only);
  /// Tries what only a call tells that leaves all as it is wanted: the last question before the first write, sent only
  /// with Context::access write. What the plan has told is left out. With an error in the answer it must not be
  /// applied.
  std::vector<Diagnostic> rehearse(const Prepared& prepared);
  /// Executes and journals under `command`. Precondition: the run lock is held and the guard does not refuse.
  Report apply(const Prepared& prepared, const std::string& command, EventSink& events);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

/// The process exit code of DESIGN section 7 for what is left after a run.
int exit_code(const Prepared& prepared, const Report& report);
/// ... for a plan that is only shown: 0, 2 for pending changes, 1 for problems and when nothing could be read, 4 for
/// the guard, 6 when partly unknown.
int exit_code(const Prepared& prepared);
/// Something could not be read: 1 when that is true of all that is wanted, else 6. 0: all was read.
int exit_code_of_gaps(const Prepared& prepared);

}  // namespace muster::apply
