#pragma once

// The journal of runs and their steps. Append-only but for the end of a run. Texts come redacted from the caller.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/driver.h"
#include "resources/contract/resource_id.h"
#include "state/intents.h"
#include "state/sqlite.h"

namespace muster::state {

struct Run {
  RunId id = 0;          ///< given by begin(); never used twice in one database
  std::string command;   ///< "apply"
  std::string who;       ///< "user@host"
  std::string revision;  ///< Revision::to_string of the manifests
  Time started{};
  /// Nothing while it runs, and for ever when it was killed.
  std::optional<Time> ended{};
  std::optional<int> exit_code{};
  std::string summary{};  ///< one line: "3 created, 1 failed"
  bool operator==(const Run&) const = default;
};

enum class StepOutcome { succeeded, failed, skipped, unclear, interrupted };
std::string_view to_string(StepOutcome outcome);

struct StepRecord {
  RunId run = 0;
  ResourceId resource;
  Verb verb = Verb::create;
  StepOutcome outcome = StepOutcome::succeeded;
  Time started{};
  std::chrono::milliseconds duration{0};
  std::string message{};                   ///< why, in the server's words, when it did not succeed
  std::vector<std::string> request_ids{};  ///< as the backend's operators ask for them
  bool operator==(const StepRecord&) const = default;
};

/// Which runs a reader wants to see; all conditions hold at once.
struct RunFilter {
  std::optional<Time> since{};  ///< started then or later
  std::string command{};        ///< empty: any
  bool failed = false;          ///< ended with another exit code than 0, or has no end
  std::size_t limit = 20;
};

class History {
 public:
  explicit History(Database& database);

  RunId begin(const Run& run);
  void end(RunId id, Time ended, int exit_code, std::string_view summary);
  /// Belongs into the transaction that records the step's outcome.
  void add(const StepRecord& step);

  /// Newest first.
  std::vector<Run> runs(std::size_t limit);
  std::vector<Run> runs(const RunFilter& filter);
  std::optional<Run> find(RunId id);
  /// In the order they were added.
  std::vector<StepRecord> steps(RunId run);
  /// Steps on one resource over all runs, newest first.
  std::vector<StepRecord> steps(const ResourceId& resource, std::size_t limit);
  /// How the changes of a run that were recorded so far ended: the two halves of a replacement are one, flushes are
  /// none; an outcome that only flushes had is there with 0.
  std::map<StepOutcome, std::size_t> outcomes(RunId run);
  /// Everything a step was ever made on, sorted.
  std::vector<ResourceId> resources();
  /// Forgets all but the newest `keep` runs, with their steps.
  void prune(std::size_t keep);

 private:
  Database& database_;
  Statement begin_, end_, add_, runs_, filtered_runs_, find_, steps_of_run_, steps_of_resource_, outcomes_, resources_;
  Statement prune_steps_, prune_runs_;
};

}  // namespace muster::state
