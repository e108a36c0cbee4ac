#include "reconciler/plan/plan_match.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "reconciler/plan/narrow.h"
#include "reconciler/plan/restraint.h"

namespace muster::plan {
namespace {

using Index = std::size_t;

bool counts(Verb verb, Half half) { return verb != Verb::flush && half != Half::remove_old; }

class Matcher {
 public:
  Matcher(const PlanFile& file, const Plan& plan, const Inputs& inputs)
      : file_(file),
        plan_(plan),
        inputs_(inputs),
        fresh_(file_steps(plan, plan, inputs)),
        keep_(plan.steps.size(), false) {
    for (Index i = 0; i < fresh_.size(); ++i) by_id_[fresh_[i].id].push_back(i);
    for (const Resource& resource : inputs.resources) wanted_.emplace(resource.id, &resource);
    for (const Unknown& unknown : plan.unknown) unknown_.emplace(unknown.id, unknown.reason);
    for (const Held& held : plan.held) held_.emplace(held.id, held.reason);
  }

  FileMatch run(const std::vector<Manifest>& manifests) {
    match_.file = file_.id;
    std::vector<const FileStep*> unequal;
    for (const FileStep& step : file_.steps) {
      if (counts(step.verb, step.half)) ++match_.steps;
      if (!take_equal(step)) unequal.push_back(&step);
    }
    for (const FileStep* step : unequal) {
      if (step->verb != Verb::flush) match_.moved.push_back(explain(*step));
    }
    // A flush goes with its writes; missing alone it was an earlier run's, and somebody has done it.
    for (const FileStep* step : unequal) {
      if (step->verb == Verb::flush && match_.moved.empty())
        match_.moved.push_back({step->id, step->verb, true, "already done"});
    }
    // A flush that other writes to its zone need now is not what is left of the file.
    bool any_left = false;
    for (Index i = 0; i < keep_.size(); ++i) any_left |= keep_[i] && counts(fresh_[i].verb, fresh_[i].half);
    match_.all_done = !match_.moved.empty() && !any_left &&
                      std::all_of(match_.moved.begin(), match_.moved.end(), [](const Moved& m) { return m.is_done; });
    find_pending(manifests);
    return std::move(match_);
  }

  const std::vector<bool>& keep() const { return keep_; }

 private:
  /// What a roll does before is compared among what the file has (find_reordered).
  static bool equal_but_order(FileStep now, FileStep then) {
    now.after.clear();
    then.after.clear();
    return now == then;
  }

  /// Equal in id, verb, half, before, after and needs. Of a flush there is nothing more to compare than its zone.
  bool take_equal(const FileStep& step) {
    const auto found = by_id_.find(step.id);
    if (found == by_id_.end()) return false;
    for (const Index i : found->second) {
      const bool is_equal = step.verb == Verb::flush ? fresh_[i].verb == Verb::flush : equal_but_order(fresh_[i], step);
      if (keep_[i] || !is_equal) continue;
      keep_[i] = true;
      return true;
    }
    return false;
  }

  Moved explain(const FileStep& step) const {
    if (const FileStep* now = same_verb(step)) return {step.id, step.verb, false, differences(step, *now)};
    Moved moved{step.id, step.verb, false, why_no_step(step.id)};
    if (!moved.what.empty()) return moved;
    const bool takes_away = step.verb == Verb::remove || step.half == Half::remove_old;
    const auto [what, is_done] = takes_away ? removal_moved(step) : write_moved(step);
    moved.what = what;
    moved.is_done = is_done;
    return moved;
  }

  const FileStep* same_verb(const FileStep& step) const {
    const auto found = by_id_.find(step.id);
    if (found == by_id_.end()) return nullptr;
    for (const Index i : found->second) {
      if (!keep_[i] && fresh_[i].verb == step.verb && fresh_[i].half == step.half) return &fresh_[i];
    }
    return nullptr;
  }

  /// What of the same id and verb differs: fields, and who moved them; needs; the connection.
  std::string differences(const FileStep& then, const FileStep& now) const {
    std::vector<std::string> parts;
    std::set<std::string> names;
    for (const auto& [name, field] : then.fields) names.insert(name);
    for (const auto& [name, field] : now.fields) names.insert(name);
    for (const std::string& name : names) {
      const auto old_field = then.fields.find(name);
      const auto new_field = now.fields.find(name);
      if (old_field == then.fields.end()) {
        parts.push_back(fmt::format("{}: {}", name, who_added(now, name)));
      } else if (new_field == now.fields.end()) {
        const bool same = declared_now(then.id, name) == old_field->second.declared;
        parts.push_back(fmt::format("{}: {}", name, same ? "the world moved" : "the manifest moved"));
      } else if (old_field->second != new_field->second) {
        // What a field refers to is made anew: its value is not known yet, whatever the manifest says.
        const bool waits = !missing(now.needs, then.needs).empty();
        parts.push_back(waits && name != "object" ? fmt::format("{}: what it refers to moved", name)
                                                  : who_moved(name, old_field->second, new_field->second));
      }
    }
    for (const std::string& need : missing(now.needs, then.needs)) parts.push_back("it also needs now: " + need);
    for (const std::string& need : missing(then.needs, now.needs)) parts.push_back("it no longer needs: " + need);
    if (then.connection != now.connection)
      parts.push_back(fmt::format("it goes through {} now, not {}", now.connection, then.connection));
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  static std::string who_moved(const std::string& name, const FileField& then, const FileField& now) {
    if (name == "object")
      return then.before.empty() || now.before.empty() ? "an object has appeared or gone" : "it is another object now";
    const bool manifest = then.declared != now.declared;
    if (!manifest && then.after != now.after) return fmt::format("{}: what it refers to moved", name);
    if (manifest && then.before != now.before) return fmt::format("{}: the manifest and the world moved", name);
    return fmt::format("{}: {}", name, manifest ? "the manifest moved" : "the world moved");
  }

  std::string who_added(const FileStep& now, const std::string& name) const {
    if (name == "object") return "one exists now";
    for (const Index i : by_id_.at(now.id)) {
      for (const Change& change : plan_.steps[i].changes) {
        if (change.field != name) continue;
        if (change.cause == Cause::drift) return "the world moved";
        if (change.cause == Cause::both) return "the manifest and the world moved";
        return change.cause == Cause::manifest ? "the manifest moved" : "it differs now as well";
      }
    }
    return "the manifest moved";
  }

  std::string declared_now(const ResourceId& id, const std::string& field) const {
    const auto resource = wanted_.find(id);
    if (resource == wanted_.end()) return {};
    return file_digest(inputs_, id, field, declared_value(inputs_, *resource->second, field));
  }

  static std::vector<std::string> missing(const std::vector<std::string>& of, const std::vector<std::string>& in) {
    std::vector<std::string> result;
    std::set_difference(of.begin(), of.end(), in.begin(), in.end(), std::back_inserter(result));
    return result;
  }

  std::string why_no_step(const ResourceId& id) const {
    if (const auto found = unknown_.find(id); found != unknown_.end()) return "it is unknown now: " + found->second;
    if (const auto problem = plan_.blocked.find(id); problem != plan_.blocked.end()) return problem->second.message;
    const auto found = held_.find(id);
    return found == held_.end() || by_id_.contains(id) ? std::string() : "it is held now: " + found->second;
  }

  bool exists(const ResourceId& id) const {
    const auto [first, last] = inputs_.snapshot.objects.equal_range(id);
    return std::any_of(first, last, [&](const auto& entry) { return is_ours(inputs_, entry.second); });
  }

  using What = std::pair<std::string, bool>;

  What removal_moved(const FileStep& step) const {
    if (!exists(step.id)) return {"it is gone already", true};
    if (step.half == Half::remove_old && !by_id_.contains(step.id)) return {"it is gone already", true};
    if (by_id_.contains(step.id)) return {"it would be " + verb_now(step.id) + " now", false};
    return {"a manifest wants it again", false};
  }

  What write_moved(const FileStep& step) const {
    if (!wanted_.contains(step.id)) return {"the manifest moved: nothing wants it any more", false};
    if (by_id_.contains(step.id)) {
      const bool is_gone = !exists(step.id) && step.verb != Verb::create;
      return {is_gone ? std::string("it is gone") : "the world moved: it would be " + verb_now(step.id) + " now",
              false};
    }
    std::vector<std::string> parts;
    for (const auto& [name, field] : step.fields) {
      if (name != "object" && declared_now(step.id, name) != field.declared)
        parts.push_back(name + ": the manifest moved");
    }
    if (parts.empty()) return {"already done", true};
    return {fmt::format("{}", fmt::join(parts, "; ")), false};
  }

  std::string verb_now(const ResourceId& id) const {
    switch (fresh_[by_id_.at(id).front()].verb) {
      case Verb::create:
        return "created";
      case Verb::adopt:
        return "adopted";
      case Verb::update:
        return "updated";
      case Verb::replace:
        return "replaced";
      case Verb::remove:
        return "deleted";
      case Verb::flush:
        break;
    }
    return "flushed";
  }

  void find_pending(const std::vector<Manifest>& manifests) {
    const std::vector<Subject> subjects = subjects_of(inputs_, manifests, plan_);
    const std::set<ResourceId> only = ids_still_meant(file_.selection.only, subjects);
    const std::set<ResourceId> except = ids_still_meant(file_.selection.except, subjects);
    std::set<ResourceId> told;
    for (const Moved& moved : match_.moved) told.insert(moved.id);
    for (Index i = 0; i < fresh_.size(); ++i) {
      const FileStep& step = fresh_[i];
      if (keep_[i] || !counts(step.verb, step.half) || told.contains(step.id)) continue;
      const bool is_asked = (file_.selection.only.empty() || only.contains(step.id)) && !except.contains(step.id);
      if (is_asked) {
        match_.also_pending.push_back({step.id, step.verb});
      } else {
        ++match_.left_out;
      }
    }
  }

  const PlanFile& file_;
  const Plan& plan_;
  const Inputs& inputs_;
  const std::vector<FileStep> fresh_;
  std::map<ResourceId, std::vector<Index>> by_id_;
  std::map<ResourceId, const Resource*> wanted_;
  std::map<ResourceId, std::string> unknown_;
  std::map<ResourceId, std::string> held_;
  std::vector<bool> keep_;
  FileMatch match_;
};

/// Steps whose turn in a roll is another one now.
std::vector<Moved> find_reordered(const PlanFile& file, const std::vector<FileStep>& now) {
  std::map<std::string, const FileStep*> by_key;
  for (const FileStep& step : now) by_key.emplace(step_key(step.verb, step.half, step.id), &step);
  std::vector<Moved> moved;
  for (const FileStep& step : file.steps) {
    const auto found = by_key.find(step_key(step.verb, step.half, step.id));
    if (found == by_key.end() || found->second->after == step.after) continue;
    moved.push_back({step.id, step.verb, false, "the order of the roll is another one now"});
  }
  return moved;
}

}  // namespace

FileMatch match(const PlanFile& file, Plan& plan, const Inputs& inputs, const std::vector<Manifest>& manifests) {
  Matcher matcher(file, plan, inputs);
  FileMatch match = matcher.run(manifests);
  std::vector<bool> keep = matcher.keep();
  std::set<ResourceId> covered;
  for (const FileStep& step : file.steps) covered.insert(step.id);
  const auto narrow = [&] {
    return narrowed(plan, inputs, keep, [&](const ResourceId& id) { return covered.contains(id); });
  };
  Plan part = narrow();
  if (match.moved.empty()) match.moved = find_reordered(file, file_steps(part, plan, inputs));
  if (!match.moved.empty()) {
    keep.assign(keep.size(), false);
    part = narrow();
  }
  plan = std::move(part);
  return match;
}

}  // namespace muster::plan
