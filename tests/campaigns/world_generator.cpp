#include "tests/campaigns/world_generator.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/plan/digests.h"
#include "reconciler/plan/refs.h"
#include "tests/campaigns/dice.h"
#include "tests/campaigns/planner_kinds.h"

namespace muster::campaign {
namespace {

using std::chrono::seconds;

const Time noon{seconds(1'000'000)};

Value ref(const ResourceId& id, const char* attribute) { return Hole{Ref{id, attribute}}; }

class Generator {
 public:
  Generator(std::uint64_t seed, std::size_t size) : dice_(seed), size_(size) { world_.seed = seed; }

  World generate() {
    world_.now = noon;
    world_.revision = {100, "aaaaaaa"};
    world_.guard = {static_cast<int>(dice_.below(6)), static_cast<int>(dice_.below(5) * 25)};
    calm_ = dice_.percent(30);
    choose_roll();
    want();
    see();
    see_leftovers();
    forget_scopes();
    remember();
    choose_options();
    dice_.shuffle(world_.resources);
    dice_.shuffle(world_.objects);
    return std::move(world_);
  }

 private:
  /// Nothing unusual in a calm world: those show what is wrong most plainly.
  bool rarely(std::size_t chance) { return !calm_ && dice_.percent(chance); }

  /// One for all, so that all of a group agree.
  void choose_roll() {
    is_rolling_ = dice_.percent(30);
    const int surge = static_cast<int>(dice_.below(4));
    roll_ = {1 + static_cast<int>(dice_.below(4)), static_cast<int>(dice_.below(3)), surge};
    if (roll_.surge == 0 && roll_.max_unavailable == 0) roll_.surge = 1;
  }

  // What is wanted.

  void want() {
    static const std::vector<std::string> kinds{"test.host",   "test.host",   "test.host", "test.record", "test.record",
                                                "test.record", "test.volume", "test.site", "test.file",   "test.check"};
    for (const char* zone : {"za", "zb"}) {
      if (dice_.percent(60)) add(lone_resource("test.mark", zone));
    }
    for (std::size_t left = 1 + dice_.below(size_); left > 0; --left) want_one(dice_.pick(kinds));
  }

  void want_one(const std::string& kind) {
    std::string name = fmt::format("{}{}", kind[5], world_.resources.size());
    if (kind == "test.record") name += dice_.percent(70) ? ".za" : ".zb";
    Resource resource = lone_resource(kind, name);
    if (kind == "test.file" || kind == "test.check") {
      const auto host = earlier("test.host");
      if (!host) return;
      kind == "test.file" ? live_in(resource, *host) : look_at(resource, *host);
    }
    if (kind == "test.record") point(resource);
    if (kind == "test.host" || kind == "test.volume" || kind == "test.site") refer(resource);
    link(resource);
    choose_lifecycle(resource);
    add(std::move(resource));
  }

  void add(Resource resource) {
    resource.origin.file = dice_.percent(50) ? "a.yaml" : "b.yaml";
    resource.origin.line = 1;
    resource.group = dice_.percent(is_rolling_ ? 85 : 50) ? "Group/g" : "Group/h";
    if (!resource.connection.candidates.empty() && resource.id.kind != "test.mark" && rarely(25)) {
      resource.connection.candidates = dice_.percent(50) ? std::vector<std::string>{connections[0], connections[1]}
                                                         : std::vector<std::string>{connections[1]};
    }
    world_.resources.push_back(std::move(resource));
  }

  std::optional<ResourceId> earlier(const std::string& kind) {
    std::vector<ResourceId> found;
    for (const Resource& resource : world_.resources) {
      if (resource.id.kind == kind) found.push_back(resource.id);
    }
    if (found.empty()) return std::nullopt;
    return found[dice_.below(found.size())];
  }

  static void live_in(Resource& resource, const ResourceId& host) {
    resource.inside = host;
    resource.connection.offered = {"Host", host, Map{{"address", ref(host, "address")}}};
  }

  static void look_at(Resource& resource, const ResourceId& host) {
    resource.wanted = Map{{"host", ref(host, "address")}, {"incarnation", ref(host, "incarnation")}};
  }

  void point(Resource& resource) {
    List targets;
    for (std::size_t left = dice_.below(3); left > 0; --left) {
      const auto host = earlier("test.host");
      if (!host) break;
      Value target = ref(*host, "address");
      if (std::find(targets.begin(), targets.end(), target) == targets.end()) targets.push_back(std::move(target));
    }
    if (targets.empty()) targets.push_back("elsewhere");
    resource.wanted.as_map()["targets"] = std::move(targets);
    for (const Resource& other : world_.resources) {
      if (other.id.kind == "test.mark" && other.id.name == zone_of(resource.id.name)) resource.needs = {other.id};
    }
  }

  /// A field that may refer to anything with something to offer: one that can change, or one that cannot.
  void refer(Resource& resource) {
    if (!dice_.percent(30)) return;
    const auto volume = earlier("test.volume");
    const auto host = earlier("test.host");
    const std::optional<ResourceId> other = dice_.percent(50) || resource.id.kind == "test.volume" ? volume : host;
    if (!other) return;
    const Value value = ref(*other, other->kind == "test.host" ? "address" : "path");
    Map& wanted = resource.wanted.as_map();
    const bool fixed = rarely(40);
    if (resource.id.kind == "test.host") wanted[fixed ? "size" : "tags"] = fixed ? value : Value(List{"tag", value});
    if (resource.id.kind == "test.volume") wanted[fixed ? "source" : "size"] = value;
    if (resource.id.kind == "test.site") wanted[fixed ? "engine" : "root"] = value;
  }

  void link(Resource& resource) {
    const std::vector<std::string>& order = planner_registry().creation_order();
    const auto position = [&](const ResourceId& id) { return std::find(order.begin(), order.end(), id.kind); };
    std::vector<ResourceId> earlier_ones;
    for (const Resource& other : world_.resources) {
      if (position(other.id) <= position(resource.id)) earlier_ones.push_back(other.id);
    }
    if (earlier_ones.empty()) return;
    if (dice_.percent(20)) add_once(resource.needs, dice_.pick(earlier_ones));
    if (dice_.percent(10)) add_once(resource.follows, dice_.pick(earlier_ones));
  }

  static void add_once(std::vector<ResourceId>& ids, const ResourceId& id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }

  void choose_lifecycle(Resource& resource) {
    static const std::vector<ReplacePolicy> policies{ReplacePolicy::hold, ReplacePolicy::first_boot_only,
                                                     ReplacePolicy::roll, ReplacePolicy::now, ReplacePolicy::now};
    Lifecycle& lifecycle = resource.lifecycle;
    lifecycle.replace = dice_.pick(policies);
    if (is_rolling_ && resource.id.kind == "test.host") lifecycle.replace = ReplacePolicy::roll;
    if (lifecycle.replace == ReplacePolicy::roll) lifecycle.roll = roll_;
    lifecycle.protect = rarely(12) ? Protection::on : rarely(3) ? Protection::off : Protection::unsaid;
    if (rarely(20)) lifecycle.on_failed = OnFailed::report;
    if (rarely(10)) lifecycle.from = noon + seconds(dice_.percent(50) ? 60 : -60);
    if (rarely(10)) lifecycle.until = noon + seconds(dice_.percent(40) ? 60 : dice_.percent(50) ? 0 : -60);
    // As blueprints have it: what is in another has its season.
    for (const Resource& container : world_.resources) {
      if (resource.inside != container.id) continue;
      lifecycle.from = container.lifecycle.from;
      lifecycle.until = container.lifecycle.until;
    }
  }

  // What is seen.

  void see() {
    for (const Resource& resource : world_.resources) {
      if (dice_.percent(30)) continue;
      see_one(resource);
      while (resource.id.kind != "test.check" && rarely(8)) see_one(resource);
    }
  }

  void see_one(const Resource& resource) {
    std::string connection;
    if (!resource.connection.candidates.empty()) connection = dice_.pick(resource.connection.candidates);
    if (const auto& offered = resource.connection.offered) {
      connection = "Host/" + offered->by.to_string();
      const auto is_there = [&](const Observed& object) { return object.id == offered->by; };
      if (std::none_of(world_.objects.begin(), world_.objects.end(), is_there)) return;
    }
    Observed object = made_from(resource, world_.objects, connection, ++number_);
    if (dice_.percent(calm_ ? 30 : 50)) vary(resource, object);
    if (is_rolling_ && resource.id.kind == "test.host" && object.stamp && dice_.percent(80))
      object.stamp->digests["image"] = "000000000000";
    world_.objects.push_back(std::move(object));
    if (rarely(3) && connection == connections[0]) {
      Observed copy = world_.objects.back();
      copy.connection = connections[1];
      world_.objects.push_back(std::move(copy));
    }
  }

  void vary(const Resource& resource, Observed& object) {
    vary_fields(object);
    vary_stamp(object);
    if (!rarely(50)) return;
    if (rarely(30) && object.id.kind != "test.check") object.ownership = Ownership::foreign;
    if (object.ownership == Ownership::foreign) object.stamp.reset();
    static const std::vector<Condition> conditions{Condition::incomplete, Condition::progressing, Condition::failed,
                                                   Condition::deleting,   Condition::unknown,     Condition::failed};
    if (!rarely(60)) return;
    object.condition = dice_.pick(conditions);
    object.ever_ready = rarely(30);
    if (object.condition != Condition::progressing || rarely(50)) return;
    for (const Field& field : planner_registry().driver(resource.id.kind)->schema().fields) {
      if (field.computed != Computed::no) object.attributes.as_map().erase(field.name);
    }
  }

  void vary_fields(Observed& object) {
    for (const Field& field : planner_registry().driver(object.id.kind)->schema().fields) {
      if (field.computed != Computed::no || field.compare != Compare::observed || !dice_.percent(20)) continue;
      if (field.type == Type::integer)
        object.attributes.as_map()[field.name] = 300;
      else if (field.type == Type::set)
        object.attributes.as_map()[field.name] = List{"drifted"};
      else
        object.attributes.as_map()[field.name] = "drifted";
    }
  }

  void vary_stamp(Observed& object) {
    if (!object.stamp) return;
    for (auto& [field, digest] : object.stamp->digests) {
      if (dice_.percent(30)) digest = "000000000000";
    }
    if (rarely(10)) object.stamp->protect = !object.stamp->protect;
    if (rarely(20)) object.stamp->revision = {dice_.percent(50) ? 50 : 200, "bbbbbbb"};
    if (rarely(2)) object.stamp->form = stamp_form + 1;
  }

  void see_leftovers() {
    static const std::vector<std::string> kinds{"test.host", "test.record", "test.volume", "test.site", "test.mark"};
    while (dice_.percent(35)) {
      const std::string& kind = dice_.pick(kinds);
      Resource resource = lone_resource(kind, fmt::format("old{}{}", number_, kind == "test.record" ? ".za" : ""));
      if (kind == "test.record") point_at_old(resource);
      resource.lifecycle.protect = rarely(15) ? Protection::on : Protection::unsaid;
      see_one(resource);
    }
  }

  void point_at_old(Resource& resource) {
    for (const Observed& object : world_.objects) {
      if (object.id.kind != "test.host" || object.attributes.at("address").is_null() || !dice_.percent(30)) continue;
      resource.wanted.as_map()["targets"] = List{object.attributes.at("address")};
    }
  }

  // What is known besides.

  void forget_scopes() {
    static const std::vector<std::string> kinds{"test.host", "test.record", "test.volume", "test.site", "test.mark"};
    while (rarely(15)) {
      world_.unread[{connections[dice_.below(2)], dice_.pick(kinds)}] = "503";
    }
    for (const Resource& resource : world_.resources) {
      const auto& offered = resource.connection.offered;
      if (offered && rarely(10)) world_.unread[{"Host/" + offered->by.to_string(), resource.id.kind}] = "no route";
    }
    if (rarely(4)) world_.unread[{"", "test.check"}] = "no proxy";
  }

  void remember() {
    for (const Resource& resource : world_.resources) {
      if (dice_.percent(40)) world_.known.insert(resource.id);
      if (dice_.percent(40)) {
        const Value written = dice_.percent(50) ? resource.wanted : as_it_would_be(resource);
        world_.applied[resource.id] =
            plan::applied_digests(planner_registry().driver(resource.id.kind)->schema(), written);
      }
      if (resource.id.kind != "test.check" && !resource.connection.candidates.empty() && rarely(6))
        leave_open(resource);
    }
    for (const Observed& object : world_.objects) {
      if (object.ownership == Ownership::claimable && dice_.percent(75))
        world_.claims.emplace(object.connection, object.id);
    }
    while (rarely(10)) {
      const plan::Debt debt{connections[dice_.below(2)], {"test.zone", dice_.percent(50) ? "za" : "zb"}};
      if (std::find(world_.debts.begin(), world_.debts.end(), debt) == world_.debts.end()) world_.debts.push_back(debt);
    }
  }

  /// With what is seen of others, of several the first.
  Value as_it_would_be(const Resource& resource) const {
    return plan::fill_refs(resource.wanted, [this](const Ref& ref) -> std::optional<Value> {
      for (const Observed& object : world_.objects) {
        if (object.id == ref.id) return plan::attribute_of(object, ref.attribute);
      }
      return std::nullopt;
    });
  }

  void leave_open(const Resource& resource) {
    Incarnation incarnation{100'000 + ++number_};
    for (const Observed& object : world_.objects) {
      if (object.id == resource.id && object.stamp && dice_.percent(50)) incarnation = object.stamp->incarnation;
    }
    world_.open_creates.push_back({resource.id, dice_.pick(resource.connection.candidates), incarnation,
                                   noon + seconds(dice_.percent(50) ? 60 : -60)});
  }

  void choose_options() {
    plan::Options& options = world_.options;
    if (dice_.percent(15)) options.goal = plan::Goal::destroy;
    options.leftovers = options.goal == plan::Goal::destroy && dice_.percent(50);
    options.rollback = rarely(10);
    options.partial = rarely(6);
    if (!dice_.percent(20)) return;
    for (const Resource& resource : world_.resources) {
      if (dice_.percent(30)) (dice_.percent(60) ? world_.only : world_.except).push_back(resource.id.to_string());
    }
  }

  Dice dice_;
  std::size_t size_;
  bool calm_ = false;
  bool is_rolling_ = false;  ///< its hosts shall be replaced in batches
  Roll roll_;
  std::uint64_t number_ = 0;
  World world_;
};

Value canonical(const Field& field, Value value) {
  if (field.type != Type::set || !value.is_list()) return value;
  const auto less = [](const Value& a, const Value& b) { return to_canonical_json(a) < to_canonical_json(b); };
  std::sort(value.as_list().begin(), value.as_list().end(), less);
  return value;
}

}  // namespace

World generate_world(std::uint64_t seed, std::size_t size) { return Generator(seed, size).generate(); }

Resource lone_resource(const std::string& kind, const std::string& name) {
  Resource resource;
  resource.id = {kind, name};
  if (kind != "test.check" && kind != "test.file") resource.connection.candidates = {connections[0]};
  static const std::map<std::string, Map> wanted{
      {"test.mark", {}},
      {"test.host", {{"image", "debian"}, {"size", "small"}, {"tags", List{"tag"}}}},
      {"test.volume", {{"source", "nothing"}, {"format", "raw"}, {"size", "10"}}},
      {"test.record", {{"targets", List{"elsewhere"}}, {"ttl", 60}}},
      {"test.site", {{"engine", "static"}, {"root", "/srv"}}},
      {"test.file", {{"content", "hello"}}},
      {"test.check", {{"host", "somewhere"}, {"incarnation", "0"}}}};
  resource.wanted = wanted.at(kind);
  if (kind == "test.mark") resource.wanted.as_map()["zone"] = name;
  return resource;
}

Observed made_from(const Resource& resource, const std::vector<Observed>& objects, const std::string& connection,
                   std::uint64_t number) {
  const Driver& driver = *planner_registry().driver(resource.id.kind);
  const auto lookup = [&](const Ref& wanted) -> std::optional<Value> {
    for (const Observed& object : objects) {
      if (object.id == wanted.id) return plan::attribute_of(object, wanted.attribute);
    }
    return std::nullopt;
  };
  const Value filled = plan::fill_refs(resource.wanted, lookup);
  Observed object;
  object.id = resource.id;
  object.connection = connection;
  object.backend_id = fmt::format("{}-{}", resource.id.kind.substr(5), number);
  object.ownership = resource.id.kind == "test.site" ? Ownership::claimable : Ownership::ours;
  object.condition = Condition::ready;
  object.ever_ready = true;
  object.created = Time(seconds(1 + number / 2));
  Map attributes;
  for (const Field& field : driver.schema().fields) {
    if (field.computed != Computed::no)
      attributes[field.name] = fmt::format("{}-{}", field.name, number);
    else if (field.compare == Compare::observed)
      attributes[field.name] = canonical(field, filled.at(field.name));
    if (attributes.contains(field.name) && attributes[field.name].has_hole()) attributes[field.name] = "unfilled";
  }
  if (resource.id.kind == "test.record") attributes["zone"] = zone_of(resource.id.name);
  object.attributes = std::move(attributes);
  if (!driver.traits().stampable) return object;
  object.stamp = Stamp{.fleet = "f1", .id = resource.id, .incarnation = {number}};
  object.stamp->digests = plan::stamp_digests(driver.schema(), resource.wanted);
  object.stamp->revision = {100, "aaaaaaa"};
  object.stamp->protect = resource.lifecycle.protect == Protection::on;
  return object;
}

}  // namespace muster::campaign
