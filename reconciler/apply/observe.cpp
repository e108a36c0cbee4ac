#include "reconciler/apply/observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <thread>

#include "reconciler/apply/verbs.h"
#include "reconciler/plan/place.h"
#include "reconciler/plan/refs.h"
#include "resources/contract/place.h"

namespace muster::apply {
namespace {

state::Scope stored(const plan::Scope& scope) { return {scope.connection, scope.kind}; }

/// One scope to be read, and what came of it.
struct Read {
  plan::Scope scope;
  const Driver* driver = nullptr;
  ObserveRequest request;
  std::optional<Resource> offered_by;  ///< one resource of the scope, when its connection is an offered one
  state::ReadTicket ticket;
  Place known_place;  ///< where what is known of ours was seen; empty while there is nothing
  Observation seen;
  std::string failure;
};

class Reader {
 public:
  Reader(const std::vector<Resource>& resources, const Registry& registry, Sessions& sessions, SecretReader& secrets,
         state::Store& store, const ObserveOptions& options, Context& context)
      : resources_(resources),
        registry_(registry),
        sessions_(sessions),
        secrets_(secrets),
        store_(store),
        options_(options),
        context_(context) {}

  plan::Snapshot read() {
    for (const state::ScopeState& state : store_.observations().scopes()) {
      cached_[{state.scope.connection, state.scope.kind}] = state;
    }
    for (const state::Intent& intent : store_.intents().list())
      begun_.insert({intent.connection, intent.resource.kind});
    first_wave();
    second_wave();
    add_unreachable();
    return std::move(snapshot_);
  }

 private:
  /// What is wanted in each scope: most scopes come from the cache, and then nothing has to be copied.
  using Wanted = std::map<plan::Scope, std::vector<const Resource*>>;

  /// Everything behind a connection manifest, wanted or not, so that leftovers are found.
  void first_wave() {
    Wanted wanted;
    for (const std::string& connection : options_.connections) {
      const std::string kind = connection.substr(0, connection.find('/'));
      for (const std::string& resource_kind : registry_.resource_kinds()) {
        if (registry_.driver(resource_kind)->traits().connection_kind == kind) wanted[{connection, resource_kind}];
      }
    }
    std::set<std::string> mark_kinds;
    for (const std::string& kind : registry_.resource_kinds()) {
      if (registry_.driver(kind)->traits().is_mark) mark_kinds.insert(kind);
    }
    for (const Resource& resource : resources_) {
      for (const std::string& candidate : resource.connection.candidates) {
        wanted[{candidate, resource.id.kind}].push_back(&resource);
        if (mark_kinds.contains(resource.id.kind)) marks_[candidate].push_back(resource.id);
      }
    }
    Wanted referring;
    for (auto scope = wanted.begin(); scope != wanted.end();) {
      const bool refers = std::any_of(scope->second.begin(), scope->second.end(),
                                      [](const Resource* resource) { return resource->wanted.has_ref(); });
      const auto next = std::next(scope);
      if (refers) referring.insert(wanted.extract(scope));
      scope = next;
    }
    read_scopes(wanted);
    // Whose a thing is may hang on what it shall hold: an address that has been read now, or is nobody's yet.
    read_scopes(referring);
  }

  /// What is reached through, or asks about, the things of the first wave.
  void second_wave() {
    Wanted wanted;
    for (const Resource& resource : resources_) {
      if (!resource.connection.candidates.empty()) continue;
      const plan::Scope scope{plan::place(resource, snapshot_), resource.id.kind};
      if (const auto& offered = resource.connection.offered; offered && fill(offered->spec).has_ref()) {
        nothing_there(scope, offered->by);
        wanted.erase(scope);
        continue;
      }
      wanted[scope].push_back(&resource);
    }
    read_scopes(wanted);
  }

  /// What is ours behind a connection whose manifest is gone: nobody can say anything about it, and that has to be
  /// said.
  void add_unreachable() {
    for (const auto& [scope, state] : cached_) {
      if (scope.connection.empty() || snapshot_.scopes.contains(scope)) continue;
      const Driver* driver = registry_.driver(scope.kind);
      if (driver != nullptr && driver->traits().removal_lets_go) {
        store_.observations().forget(stored(scope));
        continue;
      }
      bool any = false;
      for (state::CachedObservation& row : store_.observations().load(stored(scope))) {
        if (row.foreign || row.observed.ownership != Ownership::ours || is_seen_elsewhere(row.observed)) continue;
        row.observed.condition = Condition::unknown;
        row.observed.evidence =
            fmt::format("no manifest says how to reach {}; put it back until what was made through it is removed",
                        scope.connection);
        add(std::move(row.observed), false);
        any = true;
      }
      if (!any) store_.observations().forget(stored(scope));
    }
  }

  bool is_seen_elsewhere(const Observed& object) const {
    const auto [first, last] = snapshot_.objects.equal_range(object.id);
    return std::any_of(first, last, [&](const auto& entry) {
      return entry.second.backend_id == object.backend_id && entry.second.incarnation() == object.incarnation();
    });
  }

  /// What earlier reads saw stands where it is referred to.
  Resource filled(const Resource& resource) const {
    Resource copy = resource;
    copy.wanted = fill(resource.wanted);
    if (copy.connection.offered) copy.connection.offered->spec = fill(resource.connection.offered->spec);
    return copy;
  }

  Value fill(const Value& value) const {
    return plan::fill_refs(value, [this](const Ref& ref) -> std::optional<Value> {
      const auto [first, last] = snapshot_.objects.equal_range(ref.id);
      for (auto object = first; object != last; ++object) {
        const bool usable =
            object->second.condition == Condition::ready && object->second.ownership != Ownership::foreign;
        if (usable) return plan::attribute_of(object->second, ref.attribute);
      }
      return std::nullopt;
    });
  }

  /// What would be reached through an object that is not there cannot be there either.
  void nothing_there(const plan::Scope& scope, const ResourceId& by) {
    plan::ScopeState state;
    state.read_at = context_.clock.now();
    state.complete = !snapshot_.objects.contains(by);
    if (!state.complete) state.why_unknown = fmt::format("{} is not ready", by.to_string());
    snapshot_.scopes[scope] = state;
  }

  void read_scopes(const Wanted& wanted) {
    std::vector<Read> reads;
    for (const auto& [scope, resources] : wanted) {
      const std::optional<std::string> login = login_of(scope, resources);
      std::string asked = question(scope, resources);
      if (!take_from_cache(scope, login, asked))
        reads.push_back(prepare(scope, resources, login.value_or(""), std::move(asked)));
    }
    {
      std::vector<std::jthread> threads;
      for (Read& read : reads) threads.emplace_back([this, &read] { run(read); });
    }
    if (context_.stop.stop_requested()) throw Error(Fault::interrupted, "interrupted while reading");
    for (Read& read : reads) take(read);
  }

  /// What a read of the scope rests on beside the world. Nothing: it cannot be told.
  std::optional<std::string> login_of(const plan::Scope& scope, const std::vector<const Resource*>& resources) {
    if (scope.connection.empty()) return every_login();
    if (!resources.empty() && resources.front()->connection.offered)
      return digest(fill(resources.front()->connection.offered->spec));
    auto [login, is_new] = logins_.try_emplace(scope.connection);
    if (is_new) login->second = sessions_.login(scope.connection);
    return login->second;
  }

  /// What needs no session asks about things that were seen through all of them.
  std::string every_login() {
    std::string text;
    for (const std::string& connection : options_.connections) {
      text += fmt::format("{} {}\n", connection, login_of({connection, {}}, {}).value_or("?"));
    }
    return digest_bytes(text);
  }

  /// Drivers look by what is wanted: at its names, in its zones. What was never asked about has never been looked at,
  /// however young the read.
  std::string question(const plan::Scope& scope, const std::vector<const Resource*>& resources) const {
    std::string text;
    for (const Resource* resource : resources) text += resource->id.name + "\n";
    for (const ResourceId& mark : marks_at(scope.connection)) text += mark.to_string() + "\n";
    return digest_bytes(text).substr(0, 32);
  }

  const std::vector<ResourceId>& marks_at(const std::string& connection) const {
    static const std::vector<ResourceId> none;
    const auto found = marks_.find(connection);
    return found == marks_.end() ? none : found->second;
  }

  bool take_from_cache(const plan::Scope& scope, const std::optional<std::string>& login, const std::string& asked) {
    const auto state = cached_.find(scope);
    if (options_.max_age.count() == 0 || state == cached_.end() || !state->second.complete) return false;
    if (registry_.driver(scope.kind)->traits().read_each_time) return false;
    if (state->second.login != login || state->second.asked != asked) return false;
    const auto age = context_.clock.now() - state->second.began;
    if (age > options_.max_age || age.count() < 0) return false;
    for (state::CachedObservation& row : store_.observations().load(stored(scope))) {
      add(std::move(row.observed), row.foreign);
    }
    snapshot_.scopes[scope] = {true, {}, state->second.began};
    return true;
  }

  Read prepare(const plan::Scope& scope, const std::vector<const Resource*>& resources, std::string login,
               std::string asked) {
    Read read;
    read.scope = scope;
    read.driver = registry_.driver(scope.kind);
    read.request.fleet = options_.fleet;
    for (const Resource* resource : resources) read.request.wanted.push_back(filled(*resource));
    read.request.marks = marks_at(scope.connection);
    if (!resources.empty() && resources.front()->connection.offered) read.offered_by = read.request.wanted.front();
    for (state::CachedObservation& row : store_.observations().load(stored(scope))) {
      if (!row.foreign) read.request.known.push_back(std::move(row.observed));
    }
    read.ticket = store_.observations().begin_read(context_.clock.now(), std::move(login));
    read.ticket.asked = std::move(asked);
    const auto state = cached_.find(scope);
    if (state != cached_.end() && (begun_.contains(scope) || has_ours(read.request.known)))
      read.known_place = place_from(state->second.place);
    return read;
  }

  static bool has_ours(const std::vector<Observed>& objects) {
    return std::any_of(objects.begin(), objects.end(),
                       [](const Observed& object) { return object.ownership == Ownership::ours; });
  }

  /// Where nothing of ours can be seen its absence means nothing, and what is wanted must not be made a second time.
  static void require_same_place(const Read& read, const Place& place) {
    std::string before;
    std::string now;
    std::string confirm;
    for (const Move& move : unconfirmed_moves(read.known_place, place)) {
      before += (before.empty() ? "" : ", ") + move.before.to_string();
      now += (now.empty() ? "" : ", ") + move.now.to_string();
      confirm += (confirm.empty() ? "`" : " and `") + move.now.to_confirm + "`";
    }
    if (before.empty()) return;
    throw Error(Fault::conflict,
                fmt::format("what this fleet has at {} is in {}, and the login now is for {}", read.scope.connection,
                            before, now),
                fmt::format("log in as before; to move the fleet, give the manifest {}, and what it has in the old "
                            "place stays there",
                            confirm));
  }

  /// On a thread of its own; touches only `read`.
  void run(Read& read) const {
    try {
      const Resource* resource = read.offered_by ? &*read.offered_by : nullptr;
      Session& session = session_for(read.scope.connection, resource, sessions_, secrets_, context_.redactor);
      if (resource == nullptr && !read.scope.connection.empty()) {
        const Place place = sessions_.place(read.scope.connection);
        require_same_place(read, place);
        read.ticket.place = to_text(place);
      }
      read.seen = read.driver->observe(session, read.request, context_);
    } catch (const Error& error) {
      read.failure = error.message();
      if (!error.hint().empty()) read.failure += " (" + error.hint() + ")";
    } catch (const std::exception& exception) {
      read.failure = fmt::format("a fault in muster itself: {}", exception.what());
    }
  }

  void take(Read& read) {
    plan::ScopeState state{read.seen.complete && read.failure.empty(), {}, read.ticket.began};
    if (!state.complete) {
      state.why_unknown = context_.redactor.redact(read.failure.empty() ? read.seen.why_incomplete : read.failure);
    }
    for (std::vector<Observed>* objects : {&read.seen.objects, &read.seen.foreign}) {
      for (Observed& object : *objects) {
        object.connection = read.scope.connection;
        object.evidence = context_.redactor.redact(object.evidence);
      }
    }
    read.seen.why_incomplete = context_.redactor.redact(read.seen.why_incomplete);
    if (read.failure.empty()) {
      store_.observations().replace_scope(stored(read.scope), to_remember(read), read.ticket, context_.clock.now());
    }
    for (Observed& object : read.seen.objects) add(std::move(object), false);
    for (Observed& object : read.seen.foreign) add(std::move(object), true);
    if (!state.complete) add_unseen(read, state.why_unknown);
    snapshot_.scopes[read.scope] = std::move(state);
  }

  /// Of what is wanted the planner says that its scope could not be read; of what is ours, and nobody wants any more,
  /// only the database still tells.
  void add_unseen(const Read& read, const std::string& why) {
    if (read.driver->traits().pure_check) return;
    std::set<ResourceId> wanted;
    for (const Resource& resource : read.request.wanted) wanted.insert(resource.id);
    for (const Observed& known : read.request.known) {
      if (known.ownership != Ownership::ours || wanted.contains(known.id) || is_seen_elsewhere(known)) continue;
      Observed unseen = known;
      unseen.condition = Condition::unknown;
      unseen.evidence = why;
      add(std::move(unseen), false);
    }
  }

  /// What could not be seen now stays remembered as it was; what was not asked about as well, where only asking shows
  /// it.
  static Observation to_remember(const Read& read) {
    Observation kept = read.seen;
    std::erase_if(kept.objects, [](const Observed& object) { return object.condition == Condition::unknown; });
    std::set<ResourceId> asked;
    for (const Resource& resource : read.request.wanted) asked.insert(resource.id);
    std::set<ResourceId> unseen;
    for (const Observed& object : read.seen.objects) {
      if (object.condition == Condition::unknown) unseen.insert(object.id);
    }
    const bool shows_on_asking = read.driver->traits().pure_check;
    for (const Observed& known : read.request.known) {
      if (unseen.contains(known.id) || (shows_on_asking && !asked.contains(known.id))) kept.objects.push_back(known);
    }
    return kept;
  }

  void add(Observed object, bool is_foreign) {
    if (is_foreign) {
      snapshot_.foreign.push_back(std::move(object));
    } else {
      // The cache gives objects in order.
      ResourceId id = object.id;
      snapshot_.objects.emplace_hint(snapshot_.objects.end(), std::move(id), std::move(object));
    }
  }

  const std::vector<Resource>& resources_;
  const Registry& registry_;
  Sessions& sessions_;
  SecretReader& secrets_;
  state::Store& store_;
  const ObserveOptions& options_;
  Context& context_;
  std::map<plan::Scope, state::ScopeState> cached_;
  std::set<plan::Scope> begun_;                               ///< where an earlier run has begun to write
  std::map<std::string, std::optional<std::string>> logins_;  ///< by connection
  std::map<std::string, std::vector<ResourceId>> marks_;      ///< wanted ones, by connection
  plan::Snapshot snapshot_;
};

}  // namespace

plan::Snapshot observe(const std::vector<Resource>& resources, const Registry& registry, Sessions& sessions,
                       SecretReader& secrets, state::Store& store, const ObserveOptions& options, Context& context) {
  return Reader(resources, registry, sessions, secrets, store, options, context).read();
}

}  // namespace muster::apply
