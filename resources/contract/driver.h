#pragma once

// Observes, creates, updates and removes one kind of resource. The only thing a new kind has to bring.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "resources/contract/context.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/observed.h"
#include "resources/contract/resource.h"
#include "resources/contract/schema.h"
#include "resources/contract/session.h"

namespace muster {

enum class Verb { create, adopt, update, replace, remove, flush };
std::string_view to_string(Verb verb);

/// What the engine must know about a kind beyond its fields.
struct Traits {
  /// The connection kind whose sessions this driver takes: "OpenStackProject". Empty: it needs no session.
  std::string connection_kind{};
  /// How long after an unclear create an object may still appear.
  std::chrono::seconds quiet_window{60};
  /// How long progressing and deleting may last before they count as failed.
  std::chrono::seconds progressing_limit{600};
  /// Two objects of one id may exist at the same time: a replacement is created before the old one goes.
  bool coexists = false;
  /// The create call carries the stamp. Otherwise ownership rests on claims or on the place.
  bool stampable = true;
  /// create has no effect outside muster that could be leaked: it needs no intent (a readiness check).
  bool pure_check = false;
  /// An object of this kind is our stamp on others and nothing else (DNS: the ownership TXT): adopting those makes it.
  bool is_mark = false;
  /// What to do about an object that has failed and is left as it is; empty: repair it or remove it by hand.
  std::string_view failed_hint{};
  /// Removing an object only lets go of it, and what runs goes on: where nobody can reach it any more it is forgotten.
  bool removal_lets_go = false;
  /// The condition of an object depends on what is wanted of it and on who asks: a reading of an earlier run does not
  /// count, and each plan reads anew. Only for what takes few calls.
  bool read_each_time = false;
  /// What adopting objects of this kind writes, for people: "muster's stamp into each server's metadata". Empty: it is
  /// told with another kind.
  std::string_view adopting_writes{};
};

/// What to read. Everything of the scope, or only the resources listed (then `known` and `wanted` name them).
struct ObserveRequest {
  enum class Reach { scope, listed };
  Reach reach = Reach::scope;
  std::string fleet;
  /// The resources wanted in this scope, holes filled as far as they are known.
  std::vector<Resource> wanted;
  /// The marks wanted behind the same connection (Traits::is_mark). What lies where they speak and is not ours is
  /// foreign there, even while the marks themselves do not stand.
  std::vector<ResourceId> marks;
  /// What the cache last knew in this scope.
  std::vector<Observed> known;
};

struct Observation {
  /// Ours, and foreign ones whose id is wanted. Several with one id are normal.
  std::vector<Observed> objects;
  /// Objects that lie in the scope and are not ours: for the orphan tables.
  std::vector<Observed> foreign;
  /// Only then does absence mean anything.
  bool complete = false;
  std::string why_incomplete;
  /// Why it is incomplete is that the server asks to be left alone for so long.
  std::optional<std::chrono::milliseconds> retry_after;
};

/// A field that differs.
struct FieldChange {
  std::string field;
  Value before;
  Value after;
};

/// What stands against taking over an object that is not ours.
struct Takeover {
  /// What cannot change in place and is not as wanted. `before`: there; `after`: here, as the manifest says it.
  std::vector<FieldChange> differs;
  /// Any other reason, in words: "it is being deleted". Empty: none.
  std::string obstacle;
  bool possible() const { return differs.empty() && obstacle.empty(); }
};

/// A write that the plan holds, for checks before anything is written.
struct PlannedWrite {
  Verb verb = Verb::create;
  const Resource* resource = nullptr;  ///< nullptr when the manifest is gone
  /// What it acts on; nullptr for a create. Of a replace: what goes before the new one is made, or nullptr when both
  /// exist side by side for a while.
  const Observed* observed = nullptr;
};

/// Stateless; all state is in the session. Every verb is called from a worker, may block on the network, counts its
/// requests in context.calls, honours context.stop between requests, and throws Error with the right fault:
/// `unclear` only when the backend may have acted on a request that is not idempotent.
class Driver {
 public:
  virtual ~Driver() = default;

  virtual const Schema& schema() const = 0;
  virtual Traits traits() const = 0;

  /// Reads in bulk. With Reach::scope: calls grow with pages and zones, never with objects. An object of `known` that a
  /// complete read lacks is confirmed by a GET of its backend id before its absence counts.
  /// Throws only when nothing at all could be read; a partial read returns complete = false and says why.
  virtual Observation observe(Session& session, const ObserveRequest& request, Context& context) const = 0;

  /// Begins the create and returns at once, usually with Condition::progressing; the engine polls by observe.
  /// `resource.wanted` has no holes. With a stamp whose incarnation exists already in part, finishes that one.
  virtual Observed create(Session& session, const Resource& resource, const Stamp& stamp, Context& context) const = 0;

  /// Idempotent. `resource.wanted` has no holes; `stamp` is the one to be carried from now on.
  virtual Observed update(Session& session, const Resource& resource, const Observed& observed,
                          const std::vector<FieldChange>& changes, const Stamp& stamp, Context& context) const = 0;

  /// Whether `observed`, which stands where `resource` is wanted and is not ours for certain, can become ours as it is.
  /// Reads only. Refs in `resource.wanted` are filled, secrets are not. By default a kind takes over nothing.
  virtual Takeover examine(Session& session, const Resource& resource, const Observed& observed,
                           Context& context) const;
  /// Makes it ours in place: writes what carries `stamp` and nothing else. Reads it again before, and throws
  /// Error(conflict) when it is somebody's now or another one. Idempotent. `resource.wanted` has no holes.
  virtual Observed adopt(Session& session, const Resource& resource, const Observed& observed, const Stamp& stamp,
                         Context& context) const;

  /// Undoes an update that failed: makes what was there before stand again, usually with Condition::progressing.
  /// Nothing when there was nothing before; by default a kind can put nothing back. Idempotent.
  virtual std::optional<Observed> put_back(Session& session, const Resource& resource, const Observed& failed,
                                           const Stamp& stamp, Context& context) const;

  /// Idempotent. Nothing when it is gone for certain, else the object, usually with Condition::deleting.
  virtual std::optional<Observed> remove(Session& session, const Observed& observed, Context& context) const = 0;

  /// The kind of the ids that flushed_by returns ("ovh.zone"); empty when nothing is flushed.
  virtual std::string flush_kind() const { return {}; }
  /// What has to be flushed before a write to `id` counts (an OVH zone): the same for all that share a flush.
  virtual std::optional<ResourceId> flushed_by(const ResourceId& id) const;
  /// Makes what was written take effect, and returns only when it has. `ours`: what stands there that is ours.
  virtual void flush(Session& session, const ResourceId& target, const std::vector<Observed>& ours, const Stamp& stamp,
                     Context& context) const;

  /// How long those who read an object with these attributes may act on them after they have changed: a record's TTL.
  virtual std::chrono::seconds lingers(const Value& attributes) const;

  /// Quotas, names, rights: everything that can be known to fail before the first write. Reads; with Access::write also
  /// calls that leave what is wanted as it is (OVH: a refresh, where the right to it is not told otherwise).
  virtual std::vector<Diagnostic> preflight(Session& session, const std::vector<PlannedWrite>& writes,
                                            Context& context) const;

  /// Requests a verb will make, polling excluded; for the forecast in the plan.
  virtual int calls(Verb verb, const Value& wanted) const;
};

}  // namespace muster
