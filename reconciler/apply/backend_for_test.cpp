#include "reconciler/apply/backend_for_test.h"

#include "reconciler/plan/pure_driver_for_test.h"

namespace muster::apply::testing {
namespace {

class ScriptedDriver : public plan::testing::PureDriver {
 public:
  ScriptedDriver(Backend& backend, Schema schema, Traits traits)
      : PureDriver(std::move(schema), std::move(traits)), backend_(backend) {}
  Observation observe(Session&, const ObserveRequest& request, Context&) const override {
    return backend_.take(schema().kind, request);
  }

 private:
  Backend& backend_;
};

class RecordDriver final : public ScriptedDriver {
 public:
  using ScriptedDriver::ScriptedDriver;
  std::string flush_kind() const override { return "test.zone"; }
  std::optional<ResourceId> flushed_by(const ResourceId&) const override { return ResourceId{"test.zone", "zone"}; }
};

class TestSession : public Session {};

class TestCloud : public ConnectionKind {
 public:
  const Schema& schema() const override { return schema_; }
  ConnectionLimits limits(const Manifest&) const override { return {}; }
  std::string login(const Manifest&, const Environment& environment) const override {
    const auto user = environment.get("TEST_LOGIN");
    if (user == "broken") throw Error(Fault::invalid, "there is no such login");
    return user.value_or("nobody");
  }
  std::unique_ptr<Session> open(const Manifest&, SecretReader&, Context&) const override {
    return std::make_unique<TestSession>();
  }

 private:
  const Schema schema_{"TestCloud", "A cloud.", {}};
};

std::vector<Manifest> manifests() {
  Manifest cloud;
  cloud.kind = "TestCloud";
  cloud.name = "here";
  return {cloud};
}

class NoSecrets : public SecretReader {
 public:
  std::string read(const SecretOrigin&) override { throw Error(Fault::invalid, "there are no secrets here"); }
};

class Silence : public Logger, public ProgressSink, public RateBudget, public Environment, public Random {
 public:
  explicit Silence(const std::string& user) : user_(user) {}
  void log(LogLevel, std::string_view) override {}
  void progress(const ResourceId&, std::string_view) override {}
  std::chrono::milliseconds book(std::string_view, int, int) override { return {}; }
  std::optional<std::string> get(std::string_view name) const override {
    return name == "TEST_LOGIN" ? std::optional(user_) : std::nullopt;
  }
  std::uint64_t bits() override { return 0; }

 private:
  const std::string& user_;
};

}  // namespace

void Backend::answer(const std::string& kind, std::vector<Observed> objects) {
  const std::lock_guard lock(mutex_);
  Answer answer;
  answer.seen.objects = std::move(objects);
  answer.seen.complete = true;
  answers_[kind] = std::move(answer);
}

void Backend::answer_incomplete(const std::string& kind, std::vector<Observed> objects, const std::string& why) {
  answer(kind, std::move(objects));
  const std::lock_guard lock(mutex_);
  answers_[kind].seen.complete = false;
  answers_[kind].seen.why_incomplete = why;
}

void Backend::fail(const std::string& kind, const Error& error) {
  const std::lock_guard lock(mutex_);
  answers_[kind].failure = error;
}

std::vector<ObserveRequest> Backend::asked(const std::string& kind) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(kind);
  return found == asked_.end() ? std::vector<ObserveRequest>{} : found->second;
}

Observation Backend::take(const std::string& kind, const ObserveRequest& request) {
  const std::lock_guard lock(mutex_);
  asked_[kind].push_back(request);
  const Answer& answer = answers_[kind];
  if (answer.failure) throw *answer.failure;
  return answer.seen;
}

Registry registry_for(Backend& backend) {
  Registry registry;
  registry.add(std::make_unique<TestCloud>());
  registry.add(std::make_unique<ScriptedDriver>(
      backend, Schema{"test.host", "A host.", {{.name = "address", .computed = Computed::born}}},
      Traits{.connection_kind = "TestCloud"}));
  registry.add(std::make_unique<RecordDriver>(
      backend, Schema{"test.record", "A record.", {{.name = "ttl", .type = Type::integer}}},
      Traits{.connection_kind = "TestCloud", .stampable = false}));
  registry.add(std::make_unique<ScriptedDriver>(backend, Schema{"test.check", "A check.", {{.name = "host"}}},
                                                Traits{.stampable = false, .pure_check = true}));
  return registry;
}

Resource wanted_host(const std::string& name) {
  Resource resource;
  resource.id = {"test.host", name};
  resource.connection.candidates = {here};
  resource.wanted = Map{};
  return resource;
}

Resource wanted_check(const std::string& name) {
  Resource resource;
  resource.id = {"test.check", name};
  resource.wanted = Map{{"host", Hole{Ref{{"test.host", name}, "address"}}}};
  return resource;
}

Observed seen_host(const std::string& name, const std::string& address) {
  Observed object;
  object.id = {"test.host", name};
  object.connection = here;
  object.backend_id = "host-" + name;
  object.ownership = Ownership::ours;
  object.stamp = Stamp{.fleet = "f1", .id = object.id, .incarnation = {7}};
  object.attributes = Map{{"address", address}};
  object.condition = Condition::ready;
  return object;
}

struct Fleet::Ambient {
  explicit Ambient(Fleet& fleet)
      : silence(fleet.user),
        context{fleet.clock, silence, fleet.stop.get_token(), silence, silence,
                calls,       silence, fleet.redactor,         silence, Access::read},
        catalog(documents),
        sessions(fleet.registry, catalog, secrets, context) {}

  Silence silence;
  CallCounter calls;
  NoSecrets secrets;
  Context context;
  const std::vector<Manifest> documents = manifests();
  Catalog catalog;
  Sessions sessions;
};

Fleet::Fleet()
    : registry(registry_for(backend)),
      store({.path = directory.path() / "state.db", .fleet_uid = "f1", .fleet_name = "test"}),
      ambient_(std::make_unique<Ambient>(*this)) {
  for (const char* kind : {"test.host", "test.record", "test.check"}) backend.answer(kind, {});
}

Fleet::~Fleet() = default;

VerbEnded Fleet::run(VerbJob job, SecretReader& secrets) {
  return run_verb(std::move(job), ambient_->sessions, secrets, ambient_->context);
}

plan::Snapshot Fleet::observe(const std::vector<Resource>& resources, std::chrono::seconds max_age) {
  return apply::observe(resources, registry, ambient_->sessions, ambient_->secrets, store,
                        {.fleet = "f1", .max_age = max_age, .connections = connections}, ambient_->context);
}

}  // namespace muster::apply::testing
