#pragma once

// A backend whose answers a test writes down, and what a run needs around it: database, context, sessions.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/apply/observe.h"
#include "reconciler/apply/sessions.h"
#include "reconciler/apply/verbs.h"
#include "resources/contract/context.h"
#include "resources/contract/error.h"
#include "resources/contract/registry.h"
#include "state/child_for_test.h"
#include "state/store.h"

namespace muster::apply::testing {

inline const std::string here = "TestCloud/here";

/// What reads see, per kind, and what they were asked. Thread-safe.
class Backend {
 public:
  struct Answer {
    Observation seen;
    std::optional<Error> failure;
  };

  void answer(const std::string& kind, std::vector<Observed> objects);
  void answer_incomplete(const std::string& kind, std::vector<Observed> objects, const std::string& why);
  void fail(const std::string& kind, const Error& error);
  /// Requests of one kind so far, oldest first.
  std::vector<ObserveRequest> asked(const std::string& kind) const;

  /// Called by the drivers.
  Observation take(const std::string& kind, const ObserveRequest& request);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, std::vector<ObserveRequest>> asked_;
};

/// test.host: stamped, behind TestCloud. test.record: no stamp, behind TestCloud, flushed by test.zone. test.check: a
/// pure check without session.
Registry registry_for(Backend& backend);

Resource wanted_host(const std::string& name);
/// Of host `name`'s address.
Resource wanted_check(const std::string& name);
Observed seen_host(const std::string& name, const std::string& address = "192.0.2.1");

class SetClock : public Clock {
 public:
  Time now() const override { return time; }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  bool sleep(std::chrono::milliseconds, std::stop_token) override { return true; }
  Time time{std::chrono::seconds(1'700'000'000)};
};

/// A fleet with one connection and a database of its own.
struct Fleet {
  Fleet();
  ~Fleet();

  plan::Snapshot observe(const std::vector<Resource>& resources, std::chrono::seconds max_age = {});
  VerbEnded run(VerbJob job, SecretReader& secrets);
  state::Observations& cache() { return store.observations(); }

  state::TemporaryDirectory directory;
  Backend backend;
  Registry registry;
  SetClock clock;
  Redactor redactor;
  std::stop_source stop;
  state::Store store;
  std::vector<std::string> connections{here};
  std::string user = "anna";  ///< whom TestCloud logs in; "broken": nobody can tell

 private:
  struct Ambient;
  std::unique_ptr<Ambient> ambient_;
};

}  // namespace muster::apply::testing
