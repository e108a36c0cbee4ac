#include "tests/campaigns/world_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/plan/assess.h"
#include "reconciler/plan/keeper.h"
#include "reconciler/plan/refs.h"
#include "tests/campaigns/dice.h"
#include "tests/campaigns/planner_kinds.h"
#include "tests/campaigns/roll_watch.h"
#include "tests/campaigns/world_generator.h"

namespace muster::campaign {
namespace {

using plan::Half;
using plan::Start;
using plan::Step;

const Traits traits_of(const ResourceId& id) { return planner_registry().driver(id.kind)->traits(); }

class Run {
 public:
  Run(World& world, const plan::Plan& plan, std::uint64_t seed)
      : world_(world), plan_(plan), dice_(seed), rolls_(world, plan), done_(plan.steps.size(), false) {
    for (const Observed& object : world.objects) {
      if (is_ours(world, object)) ours_before_.insert(object.id);
    }
  }

  std::string carry_out() {
    for (std::size_t left = plan_.steps.size(); left > 0; --left) {
      std::vector<std::size_t> ready;
      for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
        if (!done_[i] && is_ready(i)) ready.push_back(i);
      }
      if (ready.empty()) return "no step is ready, and not all are done\n";
      const std::size_t next = dice_.pick(ready);
      std::string wrong = rolls_.why_not(next, done_, world_);
      if (wrong.empty()) wrong = perform(plan_.steps[next]);
      if (!wrong.empty()) return fmt::format("{}: {}\n", name_of(plan_.steps[next]), wrong);
      done_[next] = true;
    }
    return {};
  }

 private:
  static std::string name_of(const Step& step) {
    return fmt::format("{} {}{}", to_string(step.verb), step.id.to_string(),
                       step.object ? " " + step.object->backend_id : "");
  }

  bool is_ready(std::size_t index) const {
    const Step& step = plan_.steps[index];
    for (const auto* edges : {&step.needs, &step.after, &step.follows}) {
      for (const std::size_t other : *edges) {
        if (!done_[other]) return false;
      }
    }
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (done_[i] || i == index) continue;
      if (step.verb == Verb::flush && plan_.steps[i].flush == index) return false;
      if (step.stage > 0 && plan_.steps[i].stage > 0 && plan_.steps[i].stage < step.stage) return false;
    }
    return true;
  }

  std::string perform(const Step& step) {
    if (step.verb == Verb::flush) return flush(step);
    if (is_removal(step)) return remove(step);
    if (step.verb == Verb::update) return update(step);
    if (step.start == Start::wait || step.start == Start::resume) return finish(step);
    return create(step);
  }

  const Resource* wanted(const ResourceId& id) const {
    const auto found = std::find_if(world_.resources.begin(), world_.resources.end(),
                                    [&](const Resource& resource) { return resource.id == id; });
    return found == world_.resources.end() ? nullptr : &*found;
  }

  /// The newest of what is ours there: what others shall refer to once a replacement is made.
  const Observed* newest(const ResourceId& id) const {
    const Observed* found = nullptr;
    for (const Observed& object : world_.objects) {
      if (object.id != id || !is_ours(world_, object)) continue;
      if (made_.contains(object.backend_id) || found == nullptr) found = &object;
    }
    return found;
  }

  /// What others refer to: what this run made, else what the plan keeps.
  const Observed* kept(const ResourceId& id) const {
    const Observed* newest_one = newest(id);
    if (newest_one == nullptr || made_.contains(newest_one->backend_id)) return newest_one;
    std::vector<const Observed*> stay;
    for (const Observed& object : world_.objects) {
      if (object.id == id && is_ours(world_, object) && !shall_go(object)) stay.push_back(&object);
    }
    const Resource* resource = wanted(id);
    if (stay.empty() || resource == nullptr) return newest_one;
    const Schema& schema = planner_registry().driver(id.kind)->schema();
    const Value filled = plan::fill_refs(resource->wanted, [this](const Ref& ref) -> std::optional<Value> {
      const Observed* object = kept(ref.id);
      return object == nullptr ? std::nullopt : plan::attribute_of(*object, ref.attribute);
    });
    return plan::choose_keeper(stay, [&](const Observed& object) {
      return (!object.stamp || object.stamp->form == stamp_form) && plan::fits(schema, *resource, filled, object);
    });
  }

  bool shall_go(const Observed& object) const {
    return std::any_of(plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) {
      return is_removal(step) && step.object && step.object->id == object.id &&
             step.object->backend_id == object.backend_id;
    });
  }

  /// All copies of what the step acts on, through whatever connection they are seen.
  std::vector<Observed*> objects_of(const Step& step) {
    std::vector<Observed*> found;
    for (Observed& object : world_.objects) {
      if (step.object && object.id == step.id && object.backend_id == step.object->backend_id) found.push_back(&object);
    }
    return found;
  }

  bool fence_holds(const Observed& object) const {
    return world_.options.rollback || !object.stamp || object.stamp->revision.time <= world_.revision.time;
  }

  std::string touch(const Step& step) {
    const std::vector<Observed*> objects = objects_of(step);
    if (objects.empty()) return "there is no such object";
    for (const Observed* object : objects) {
      if (object->connection == step.connection && !is_ours(world_, *object)) return "it is not ours";
      if (object->condition == Condition::unknown) return "nobody knows what it is";
    }
    return {};
  }

  std::string flush(const Step& step) {
    std::erase_if(world_.debts,
                  [&](const plan::Debt& debt) { return debt.connection == step.connection && debt.target == step.id; });
    return {};
  }

  std::string create(const Step& step) {
    const Resource* resource = wanted(step.id);
    if (resource == nullptr) return "nobody wants it";
    if (resource->lifecycle.until && *resource->lifecycle.until <= world_.now) return "its time is over";
    for (const std::string& connection : resource->connection.candidates) {
      if (!ours_before_.contains(step.id) && world_.unread.contains({connection, step.id.kind}))
        return "it may be there: its scope was not read";
    }
    for (const Observed& object : world_.objects) {
      if (object.id != step.id) continue;
      if (!is_ours(world_, object) && !ours_before_.contains(step.id)) return "something foreign is there";
      if (is_ours(world_, object) && !traits_of(step.id).coexists && shall_replace(object))
        return "the old one is still there";
    }
    if (std::string missing = what_is_missing(*resource); !missing.empty()) return missing;
    std::vector<Observed> known;
    for (const Resource& other : world_.resources) {
      if (const Observed* object = kept(other.id)) known.push_back(*object);
    }
    Observed made = made_from(*resource, known, step.connection, 1'000'000 + made_.size());
    if (step.start == Start::look_up && made.stamp) made.stamp->incarnation = step.incarnation;
    if (made.ownership == Ownership::claimable) world_.claims.emplace(made.connection, made.id);
    made_.insert(made.backend_id);
    world_.known.insert(made.id);
    forget_intents(made.id);
    forget_contents(made.id);
    world_.objects.push_back(std::move(made));
    return {};
  }

  bool shall_replace(const Observed& object) const {
    return std::any_of(plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) {
      return step.half == Half::remove_old && step.id == object.id && step.object->backend_id == object.backend_id;
    });
  }

  std::string what_is_missing(const Resource& resource) const {
    for (const ResourceId& id : needs_of(resource)) {
      if (wanted(id) != nullptr && kept(id) == nullptr) return fmt::format("{} is not there yet", id.to_string());
    }
    for (const Ref& ref : refs_in(resource.wanted)) {
      const Observed* object = kept(ref.id);
      if (object == nullptr || !plan::attribute_of(*object, ref.attribute))
        return fmt::format("{} of {} is not known yet", ref.attribute, ref.id.to_string());
    }
    return {};
  }

  void forget_intents(const ResourceId& id) {
    std::erase_if(world_.open_creates, [&](const plan::OpenCreate& open) { return open.id == id; });
  }

  std::string finish(const Step& step) {
    if (std::string wrong = touch(step); !wrong.empty()) return wrong;
    for (Observed* object : objects_of(step)) {
      object->condition = Condition::ready;
      object->ever_ready = true;
      for (const Field& field : planner_registry().driver(object->id.kind)->schema().fields) {
        Value& attribute = object->attributes.as_map()[field.name];
        if (field.computed != Computed::no && attribute.is_null())
          attribute = fmt::format("{}-of-{}", field.name, object->backend_id);
        if (attribute.is_null()) object->attributes.as_map().erase(field.name);
      }
    }
    forget_intents(step.id);
    return {};
  }

  std::string update(const Step& step) {
    const Resource* resource = wanted(step.id);
    if (resource == nullptr) return "nobody wants it";
    if (std::string wrong = touch(step); !wrong.empty()) return wrong;
    if (std::string missing = what_is_missing(*resource); !missing.empty()) return missing;
    const auto lookup = [this](const Ref& ref) -> std::optional<Value> {
      const Observed* object = kept(ref.id);
      return object == nullptr ? std::nullopt : plan::attribute_of(*object, ref.attribute);
    };
    const Value filled = plan::fill_refs(resource->wanted, lookup);
    for (Observed* object : objects_of(step)) {
      if (!fence_holds(*object)) return "a newer revision made it";
      for (const plan::Change& change : step.changes) {
        if (change.field == "lifecycle.protect")
          object->stamp->protect = resource->lifecycle.protect == Protection::on;
        else
          object->attributes.as_map()[change.field] = filled.at(change.field);
      }
      if (object->stamp) object->stamp->revision = world_.revision;
    }
    return {};
  }

  std::string remove(const Step& step) {
    const bool may_have_vanished = step.connection.starts_with("Host/");  // with what it was inside of
    if (may_have_vanished && objects_of(step).empty()) return {};
    if (step.start == Start::look_up) {  // here no late create ever appears
      forget_intents(step.id);
      return step.object ? "what was seen need not be looked up" : "";
    }
    if (std::string wrong = touch(step); !wrong.empty()) return wrong;
    const Observed gone = *objects_of(step).front();
    if (step.start != Start::wait) {
      const Resource* resource = wanted(step.id);
      const bool is_lifted = resource != nullptr && world_.options.goal == plan::Goal::converge &&
                             resource->lifecycle.protect == Protection::off && resource->lifecycle.until &&
                             *resource->lifecycle.until <= world_.now;
      if (gone.stamp && gone.stamp->protect && !is_lifted) return "it is protected";
      if (!fence_holds(gone)) return "a newer revision made it";
      const bool is_twin = step.verb == Verb::remove && resource != nullptr && kept(step.id) != nullptr;
      if (resource != nullptr && resource->lifecycle.protect == Protection::on && !is_twin)
        return "its manifest protects it";
      if (const std::string user = who_still_uses(step, gone); !user.empty()) return user + " still uses it";
    }
    std::erase_if(world_.objects,
                  [&](const Observed& object) { return object.id == gone.id && object.backend_id == gone.backend_id; });
    if (newest(gone.id) == nullptr) forget_contents(gone.id);
    return {};
  }

  /// What is reached through it now is another one's inside, or nobody's.
  void forget_contents(const ResourceId& container) {
    std::erase_if(world_.objects,
                  [&](const Observed& object) { return object.connection == "Host/" + container.to_string(); });
  }

  /// Something with a step of its own still to come that stands on `gone`. What never worked, or cannot stand beside
  /// its successor, or shall not, goes first.
  std::string who_still_uses(const Step& step, const Observed& gone) const {
    if (rolls_.makes_a_gap(static_cast<std::size_t>(&step - plan_.steps.data()))) return {};
    if (gone.condition == Condition::failed && !gone.ever_ready) return {};
    if (step.half == Half::remove_old && (gone.condition == Condition::failed || !traits_of(step.id).coexists))
      return {};
    const bool is_twin = step.half == Half::whole && wanted(step.id) != nullptr && kept(step.id) != nullptr;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      const Step& other = plan_.steps[i];
      if (done_[i] || other.verb == Verb::flush || other.id == step.id || removes_twin(other)) continue;
      const Resource* resource = wanted(other.id);
      // What is over goes by stage; what a replaced one leaves does not wait for that.
      const bool both_wanted =
          resource != nullptr && wanted(step.id) != nullptr && (other.stage == 0 || step.stage > 0);
      if (both_wanted && !is_twin && needs_of(*resource).contains(step.id)) return name_of(other);
      // Where manifests tell no links, what comes into being later goes earlier.
      const bool both_staged = step.stage > 0 && other.stage > 0 && comes_later(other.id.kind, step.id.kind);
      if ((both_wanted || both_staged) && other.object && holds_birth(*other.object, gone) &&
          comes_later(other.id.kind, step.id.kind))
        return name_of(other);
    }
    return {};
  }

  /// It goes when its keeper is ready, whatever it stands on.
  bool removes_twin(const Step& step) const {
    const bool converges = world_.options.goal == plan::Goal::converge;
    return converges && step.verb == Verb::remove && step.stage == 0 && wanted(step.id) != nullptr;
  }

  static bool comes_later(const std::string& kind, const std::string& than) {
    const std::vector<std::string>& order = planner_registry().creation_order();
    return std::find(order.begin(), order.end(), kind) > std::find(order.begin(), order.end(), than);
  }

  static bool holds_birth(const Observed& object, const Observed& of) {
    for (const Field& field : planner_registry().driver(of.id.kind)->schema().fields) {
      const Value& born = of.attributes.at(field.name);
      if (field.computed != Computed::born || born.is_null()) continue;
      for (const auto& [name, value] : object.attributes.as_map()) {
        if (value == born) return true;
        if (value.is_list() && std::find(value.as_list().begin(), value.as_list().end(), born) != value.as_list().end())
          return true;
      }
    }
    return false;
  }

  World& world_;
  const plan::Plan& plan_;
  Dice dice_;
  RollWatch rolls_;
  std::vector<bool> done_;
  std::set<ResourceId> ours_before_;
  std::set<std::string> made_;  ///< backend ids
};

}  // namespace

std::string carry_out(World& world, const plan::Plan& plan, std::uint64_t seed) {
  return Run(world, plan, seed).carry_out();
}

}  // namespace muster::campaign
