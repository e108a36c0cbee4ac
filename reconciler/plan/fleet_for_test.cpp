#include "reconciler/plan/fleet_for_test.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/pure_driver_for_test.h"

namespace muster::plan::testing {
namespace {

const std::string connection = "TestCloud/here";

class FlushedDriver final : public PureDriver {
 public:
  using PureDriver::PureDriver;
  std::string flush_kind() const override { return "test.zone"; }
  std::optional<ResourceId> flushed_by(const ResourceId&) const override { return ResourceId{"test.zone", "zone"}; }
  std::chrono::seconds lingers(const Value& attributes) const override {
    return std::chrono::seconds(attributes.int_at("ttl"));
  }
};

Schema host_schema() {
  return {"test.host",
          "A host.",
          {{.name = "image", .compare = Compare::create_time, .mutability = Mutability::immutable},
           {.name = "size", .default_value = "small", .mutability = Mutability::immutable},
           {.name = "tags", .type = Type::set, .fields = {{.name = "tag"}}},
           {.name = "address", .computed = Computed::born}}};
}

Schema record_schema() {
  return {"test.record",
          "A record.",
          {{.name = "targets", .type = Type::set, .fields = {{.name = "target"}}},
           {.name = "ttl", .type = Type::integer, .default_value = 60}}};
}

Schema mark_schema() { return {"test.mark", "Says whose the records are.", {{.name = "zone"}}}; }

Schema check_schema() { return {"test.check", "A check.", {{.name = "host"}, {.name = "incarnation"}}}; }

}  // namespace

Registry test_registry() {
  Registry registry;
  Traits record;
  record.connection_kind = "TestCloud";
  record.stampable = false;
  Traits mark = record;
  mark.is_mark = true;
  registry.add(std::make_unique<FlushedDriver>(mark_schema(), mark));
  registry.add(std::make_unique<PureDriver>(
      host_schema(),
      Traits{.connection_kind = "TestCloud", .quiet_window = std::chrono::seconds(120), .coexists = true}));
  registry.add(std::make_unique<FlushedDriver>(record_schema(), record));
  Traits check;
  check.stampable = false;
  check.pure_check = true;
  registry.add(std::make_unique<PureDriver>(check_schema(), check));
  return registry;
}

World::World() : registry_(test_registry()) {
  fleet.name = "test";
  fleet.uid = "f1";
}

Resource& World::host(const std::string& name, const std::string& image) {
  Resource resource;
  resource.id = {"test.host", name};
  resource.connection.candidates = {connection};
  resource.wanted = Map{{"image", image}, {"size", "small"}};
  resource.group = "Group/g";
  return resources.emplace_back(std::move(resource));
}

Resource& World::record(const std::string& name) {
  Resource resource;
  resource.id = {"test.record", name};
  resource.connection.candidates = {connection};
  resource.wanted = Map{{"targets", List{Hole{Ref{{"test.host", name}, "address"}}}}, {"ttl", 60}};
  resource.group = "Group/g";
  return resources.emplace_back(std::move(resource));
}

Resource& World::mark() {
  Resource resource;
  resource.id = {"test.mark", "zone"};
  resource.connection.candidates = {connection};
  resource.wanted = Map{{"zone", "zone"}};
  resource.group = "Group/g";
  return resources.emplace_back(std::move(resource));
}

Resource& World::check(const std::string& name) {
  const ResourceId host_id{"test.host", name};
  Resource resource;
  resource.id = {"test.check", name};
  resource.wanted = Map{{"host", Hole{Ref{host_id, "address"}}}, {"incarnation", Hole{Ref{host_id, "incarnation"}}}};
  resource.needs = {{"test.record", name}};
  resource.group = "Group/g";
  return resources.emplace_back(std::move(resource));
}

Observed& World::see_host(const std::string& name, const std::string& image, const std::string& address) {
  Observed object;
  object.id = {"test.host", name};
  object.connection = connection;
  object.backend_id = fmt::format("host-{}", next_);
  object.ownership = Ownership::ours;
  object.condition = Condition::ready;
  object.ever_ready = true;
  object.created = Time{std::chrono::seconds(next_)};
  object.attributes = Map{{"size", "small"}, {"address", address}};
  object.stamp = Stamp{.fleet = fleet.uid, .id = object.id, .incarnation = {next_++}};
  object.stamp->digests = stamp_digests(host_schema(), Map{{"image", image}});
  return objects.emplace_back(std::move(object));
}

Observed& World::see_record(const std::string& name, const std::string& address) {
  Observed object;
  object.id = {"test.record", name};
  object.connection = connection;
  object.backend_id = "record-" + name;
  object.ownership = Ownership::ours;
  object.condition = Condition::ready;
  object.attributes = Map{{"targets", List{address}}, {"ttl", 60}};
  return objects.emplace_back(std::move(object));
}

Observed& World::see_mark(const std::string& zone) {
  Observed object;
  object.id = {"test.mark", zone};
  object.connection = connection;
  object.backend_id = "mark-" + zone;
  object.ownership = Ownership::ours;
  object.condition = Condition::ready;
  object.attributes = Map{{"zone", zone}};
  return objects.emplace_back(std::move(object));
}

Observed& World::see_check(const std::string& name, const Observed& seen_host) {
  Observed object;
  object.id = {"test.check", name};
  object.ownership = Ownership::ours;
  object.condition = Condition::ready;
  object.attributes =
      Map{{"host", seen_host.attributes.at("address")}, {"incarnation", seen_host.incarnation().to_string()}};
  return objects.emplace_back(std::move(object));
}

void World::add_converged(const std::string& name, const std::string& address) {
  host(name);
  record(name);
  check(name);
  const Observed seen = see_host(name, "debian", address);
  see_record(name, address);
  see_check(name, seen);
}

void World::unread(const std::string& kind, const std::string& why) { unread_[kind] = why; }

Snapshot World::snapshot() const {
  Snapshot snapshot;
  for (const Observed& object : objects) snapshot.objects.emplace(object.id, object);
  for (const std::string& kind : registry_.resource_kinds()) {
    const auto missing = unread_.find(kind);
    ScopeState state{missing == unread_.end(), missing == unread_.end() ? std::string() : missing->second, now};
    snapshot.scopes[{kind == "test.check" ? std::string() : connection, kind}] = state;
    for (const std::string& other : empty_connections) snapshot.scopes[{other, kind}] = state;
  }
  return snapshot;
}

Plan World::plan() const { return make_plan({registry_, fleet, resources, snapshot(), memory, now, options}); }

Part World::plan_part(const Selection& selection) const {
  const Snapshot seen = snapshot();
  const Inputs inputs{registry_, fleet, resources, seen, memory, now, options};
  Part part{make_plan(inputs), {}};
  part.selected = select(part.plan, inputs, {}, selection);
  return part;
}

std::vector<Candidate> World::candidates() const {
  const Snapshot seen = snapshot();
  return adoption_candidates({registry_, fleet, resources, seen, memory, now, options});
}

Adoption World::adoption(const Examinations& examinations) const {
  const Snapshot seen = snapshot();
  return plan_adoption({registry_, fleet, resources, seen, memory, now, options}, examinations);
}

std::string outline(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps) {
    text += fmt::format("{} {}", to_string(step.verb), step.id.to_string());
    if (step.half != Half::whole) text += step.half == Half::create_new ? " new" : " old";
    if (step.object) text += " " + step.object->backend_id;
    static constexpr const char* starts[] = {"", " resume", " wait", " look-up"};
    text += starts[static_cast<int>(step.start)];
    if (!step.needs.empty()) text += fmt::format(" needs {}", fmt::join(step.needs, " "));
    if (!step.follows.empty()) text += fmt::format(" follows {}", fmt::join(step.follows, " "));
    if (!step.after.empty()) text += fmt::format(" after {}", fmt::join(step.after, " "));
    for (const Drain& drain : step.drains) text += fmt::format(" drains {} {}s", drain.step, drain.time.count());
    if (step.not_before != Time{})
      text += fmt::format(" not before {}",
                          std::chrono::duration_cast<std::chrono::seconds>(step.not_before.time_since_epoch()).count());
    if (step.flush) text += fmt::format(" flush {}", *step.flush);
    if (step.stage > 0) text += fmt::format(" stage {}", step.stage);
    if (step.batch > 0) text += fmt::format(" batch {}", step.batch);
    text += '\n';
  }
  return text;
}

}  // namespace muster::plan::testing
