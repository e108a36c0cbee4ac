#pragma once

// The order of work inside an apply, as a pure state machine: events in, actions out. No thread, no clock, no I/O.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/plan/plan.h"
#include "resources/contract/driver.h"
#include "resources/contract/error.h"

namespace muster::apply {

/// Where a step stands. The last five are ends.
enum class StepState {
  blocked,     ///< something it needs has not ended
  running,     ///< a worker is on it
  waiting,     ///< the backend works; it is polled and holds no worker
  looking_up,  ///< an unclear create: may still appear
  retrying,    ///< a transient fault; it will be tried again
  written,     ///< done but for the flush that makes it count
  done,
  failed,
  skipped,      ///< something it needs failed
  left,         ///< begun, and left to the next run: interrupted while the backend works
  not_started,  ///< interrupted before it began
};
std::string_view to_string(StepState state);
bool is_end(StepState state);

// What the executor tells the scheduler.

/// A verb or a flush returned. With an error, `object` is empty. A remove that ended with the object gone: both empty.
struct VerbEnded {
  std::size_t step;
  std::optional<Observed> object;
  std::optional<Error> error;
  std::vector<std::string> request_ids{};  ///< of what was written
};
/// A bulk read of polled steps of one scope. `objects[i]`: what was seen for `steps[i]`; nothing: confirmed absent.
/// `failed`: no complete answer could be had; absence does not count then, what was seen does.
struct PollEnded {
  plan::Scope scope;
  std::vector<std::size_t> steps;
  std::vector<std::optional<Observed>> objects;
  std::optional<Error> failed;
};
/// Time passed; call at wake_at().
struct Tick {};
/// First Ctrl+C: no new verb. The second one is not the scheduler's business.
struct Interrupted {};
using Event = std::variant<VerbEnded, PollEnded, Tick, Interrupted>;

// What the scheduler tells the executor.

enum class Call { create, resume, adopt, update, put_back, remove, flush };
/// Run one verb. `object`: what it acts on, but for a create or flush. A create needs a new incarnation and a
/// new intent.
struct RunVerb {
  std::size_t step;
  Call call;
  std::optional<Observed> object;
};
/// Read the objects of these steps of one scope in bulk.
struct Poll {
  plan::Scope scope;
  std::vector<std::size_t> steps;
};
/// The state of a step changed, for the eyes of people and for the journal.
struct Announce {
  std::size_t step;
  StepState state;
  std::string text;
};
using Action = std::variant<RunVerb, Poll, Announce>;

/// Limits the scheduler keeps, per connection ("" for kinds without session).
using Concurrency = std::map<std::string, int>;

struct SchedulerOptions {
  Concurrency concurrency;
  int attempts = 5;                          ///< of a verb that fails transiently
  int recreations = 2;                       ///< of an object that failed before it was ever ready
  std::chrono::milliseconds coalesce{3000};  ///< how long a flush waits for further writes
  std::uint64_t seed = 0;                    ///< of the jitter
  /// Per step: the kind's traits and how long progressing may last.
  std::vector<Traits> traits;
  std::vector<std::chrono::seconds> limits;
  std::vector<std::chrono::seconds> fresh_limits;  ///< the same for one that is made anew meanwhile
  std::vector<OnFailed> on_failed;
};

/// One step's end.
struct StepResult {
  StepState state = StepState::blocked;
  std::optional<Error> error;
  std::optional<Observed> object;  ///< as last seen
  std::size_t cause = 0;           ///< skipped: the step whose failure is the cause
};

class Scheduler {
 public:
  /// The plan must outlive the scheduler. Its options' vectors are as long as the plan's steps.
  Scheduler(const plan::Plan& plan, SchedulerOptions options, Time now);
  ~Scheduler();

  /// Takes one event and says what to do now. The first call is with Tick.
  std::vector<Action> handle(const Event& event, Time now);
  /// When to call handle(Tick) if nothing else happens before; nothing when only running verbs can change anything.
  std::optional<Time> wake_at() const;
  /// Every step has ended and no flush is due.
  bool finished() const;
  const std::vector<StepResult>& results() const;

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace muster::apply
