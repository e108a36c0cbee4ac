#pragma once

// The deployments: what was accepted, waits, runs and ended. In a database, so that neither a restart nor kill -9
// forgets any of it.

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ipd/deployment.h"
#include "state/sqlite.h"

namespace muster::ipd {

struct ProjectInfo {
  Time first_seen{};
  std::int64_t start_count = 0;
  std::int64_t processed = 0;  ///< bytes of the images that were deployed with success
};

struct Counts {
  std::int64_t projects = 0;
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  std::int64_t uploads = 0;    ///< accepted ever
  std::int64_t processed = 0;  ///< bytes, of all projects
};

/// How a deployment ended.
struct Ending {
  State state = State::success;
  std::optional<int> exit_code;
  std::string words;
  std::string output;
};

struct AuditEntry {
  Time at{};
  std::string user;
  std::string address;
  std::string action;
  std::string subject;
  std::string outcome;
};

/// Every change is on the disk when its function returns. Thread-safe. Failures of the database are Errors, as
/// state/sqlite.h has them.
class Journal {
 public:
  explicit Journal(const std::filesystem::path& file);

  struct Accepted {
    std::string id;                       ///< of an earlier one with the same key, if it is not the one that was given
    std::vector<std::string> superseded;  ///< older ones of the project that waited; their files are to go
  };
  /// The newest of a project wins. Nothing when `longest_queue` others wait. Where one of the project with the same key
  /// (unless that is empty) waits or runs, that is the answer. `owner`: as set_owner(). Of each project's history the
  /// newest thousand stay.
  std::optional<Accepted> accept(const Deployment& deployment, const std::string& idempotency_key, int longest_queue,
                                 const std::optional<std::string>& owner);

  /// The last accepted of those whose project does not run is running from now on.
  std::optional<Deployment> start_next(Time now);
  void enter(const std::string& id, State state);
  void end(const std::string& id, const Ending& ending, Time now);
  /// False when it does not wait.
  bool cancel_waiting(const std::string& id, Time now);
  /// What runs shall end as cancelled, in this daemon or the next. False when it does not run.
  bool begin_cancel(const std::string& id);
  /// Its state is `accepted` again: nothing came of it.
  void end_cancelled(const std::string& id, const std::string& output, Time now);

  /// Ids of what runs, or ran when the last daemon ended.
  std::vector<std::string> running();
  /// At the start of the daemon: what ran when the last one ended waits again, or is superseded where a newer one of
  /// its project waits, or is cancelled where that had been asked for, or has failed after `most_interruptions`: it may
  /// be what ends the daemon. Gives all that ran. Precondition: nothing of it runs any more.
  std::vector<Deployment> resume_interrupted(int most_interruptions, Time now);

  std::optional<Deployment> find(const std::string& id);
  std::optional<Deployment> newest(const std::string& project);
  /// What runs, or came to its end last, well or not.
  std::optional<Deployment> last_begun(const std::string& project);
  /// What was deployed last, with success.
  std::optional<Deployment> deployed(const std::string& project);
  /// Digests of images and packages of the last `of_each` contents of every project that were deployed with success,
  /// and of all that wait or run.
  std::set<std::string> worth_keeping(int of_each);
  /// The projects to which an image or package of this digest was ever sent, as far as the history goes back.
  std::vector<std::string> projects_with(const std::string& digest);
  /// Newest first; of all projects when `project` is empty.
  std::vector<Deployment> history(const std::string& project, int most);
  /// The end of what its script wrote; empty while it runs.
  std::string output(const std::string& id);
  std::vector<std::string> projects();
  std::optional<ProjectInfo> project(const std::string& name);
  Counts counts();
  /// Who looks after the project, in their own words; empty when nobody said so.
  std::string owner(const std::string& project);
  void set_owner(const std::string& project, const std::string& words);
  /// Ids of what waits or runs: whose files are needed.
  std::vector<std::string> open();

  /// The newest hundred thousand stay.
  void audit(const AuditEntry& entry);
  std::vector<AuditEntry> audited(int most);

 private:
  std::mutex mutex_;
  state::Database database_;
  std::mutex reading_mutex_;
  state::Database reading_;  ///< so that who asks does not wait for a commit on a busy disk
};

}  // namespace muster::ipd
