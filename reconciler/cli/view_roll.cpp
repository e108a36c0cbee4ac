#include "reconciler/cli/view_roll.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_plan.h"

namespace muster::cli {
namespace {

using apply::StepState;

/// Of long rolls: the first ones, and the last.
constexpr std::size_t few_batches = 4;

std::vector<std::string> names_of(const std::vector<ResourceId>& ids) {
  std::vector<std::string> names;
  for (const ResourceId& id : ids) names.push_back(short_name(id));
  return names;
}

/// Without the batches of which a part of a plan has nothing.
plan::RollPlan without_gaps(plan::RollPlan roll) {
  std::erase_if(roll.batches, [](const auto& batch) { return batch.empty(); });
  return roll;
}

std::size_t size_of(const plan::RollPlan& roll) {
  std::size_t size = 0;
  for (const auto& batch : roll.batches) size += batch.size();
  return size;
}

std::string ways_text(const plan::RollPlan& roll) {
  const auto& [batch, max_unavailable, surge] = roll.limits;
  std::string text;
  if (surge > 0) text += fmt::format("at most {} new beside the old at a time", surge);
  if (max_unavailable > 0) {
    text += fmt::format("{}at most {} removed before the new {} made", text.empty() ? "" : ", ", max_unavailable,
                        max_unavailable == 1 ? "one is" : "ones are");
  }
  return text;
}

/// How far one member came.
enum class Progress { untouched, stopped, done };

std::string_view to_string(Progress progress) {
  return progress == Progress::done ? "done" : progress == Progress::stopped ? "stopped" : "untouched";
}

/// By id. Steps of hosts alone have a batch; what refers to them tells by what it keeps from being done.
std::map<ResourceId, Progress> progress_of(const plan::RollPlan& roll, const plan::Plan& plan,
                                           const apply::Report& report) {
  std::set<ResourceId> members;
  for (const auto& batch : roll.batches) members.insert(batch.begin(), batch.end());
  std::map<ResourceId, Progress> progress;
  for (const ResourceId& id : members) progress[id] = Progress::done;
  std::set<ResourceId> begun;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    const StepState state = report.results[i].state;
    const auto touches = [&](const ResourceId& id) {
      if (state != StepState::done) progress[id] = Progress::stopped;
    };
    if (members.contains(step.id)) {
      touches(step.id);
      if (state != StepState::skipped && state != StepState::not_started) begun.insert(step.id);
      continue;
    }
    for (const std::size_t need : step.needs) {
      const plan::Step& host = plan.steps[need];
      if (host.batch > 0 && members.contains(host.id)) touches(host.id);
    }
  }
  for (auto& [id, how] : progress) {
    if (how == Progress::stopped && !begun.contains(id)) how = Progress::untouched;
  }
  return progress;
}

std::vector<ResourceId> those(const std::map<ResourceId, Progress>& progress, Progress which) {
  std::vector<ResourceId> ids;
  for (const auto& [id, how] : progress) {
    if (how == which) ids.push_back(id);
  }
  return ids;
}

/// From 1 on; 0: it came to its end.
std::size_t stopped_in(const plan::RollPlan& roll, const std::map<ResourceId, Progress>& progress) {
  for (std::size_t i = 0; i < roll.batches.size(); ++i) {
    const auto is_open = [&](const ResourceId& id) { return progress.at(id) != Progress::done; };
    if (std::any_of(roll.batches[i].begin(), roll.batches[i].end(), is_open)) return i + 1;
  }
  return 0;
}

}  // namespace

std::string roll_text(const plan::RollPlan& planned, const Painter& paint, int width, Brevity& brevity) {
  const plan::RollPlan roll = without_gaps(planned);
  const std::size_t count = roll.batches.size();
  std::string text =
      fmt::format("  rolled in {}: {}\n", count == 1 ? "1 batch" : fmt::format("{} batches", count), ways_text(roll));
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_shown = brevity.all() || count <= few_batches || i + 2 < few_batches || i + 1 == count;
    if (!is_shown) {
      brevity.leave_out();
      if (i + 2 == few_batches) text += fmt::format("        ... {} more\n", count - few_batches + 1);
      continue;
    }
    const std::string head = fmt::format("        batch {} of {}: ", i + 1, count);
    const auto room = static_cast<std::size_t>(std::max(width - static_cast<int>(head.size()), 20));
    text += head + brevity.names(names_of(roll.batches[i]), room) + "\n";
  }
  std::string rules;
  if (count > 1) rules += "each begins when the one before passes its checks, is published and its old ones are gone";
  if (roll.drain.count() > 0) {
    rules += fmt::format("{}an old one goes {} after its name has moved", rules.empty() ? "" : "; ",
                         duration_text(roll.drain));
  }
  if (!rules.empty())
    text += "        " + paint(Colour::dim, wrap(rules, static_cast<std::size_t>(width) - 8, 8)) + "\n";
  return text;
}

std::string stopped_rolls_text(const plan::Plan& plan, const apply::Report& report, const Painter& paint, int width) {
  std::string text;
  const auto room = static_cast<std::size_t>(std::max(width, 40));
  for (const plan::RollPlan& planned : plan.rolls) {
    const plan::RollPlan roll = without_gaps(planned);
    const auto progress = progress_of(roll, plan, report);
    const std::size_t batch = stopped_in(roll, progress);
    if (batch == 0) continue;
    const auto stopped = those(progress, Progress::stopped);
    const auto untouched = those(progress, Progress::untouched);
    text += "\n" +
            paint(Colour::yellow, "The roll of " + group_title(roll.group) +
                                      fmt::format(" stopped in batch {} of {}", batch, roll.batches.size())) +
            fmt::format(": {} of {} replaced\n", those(progress, Progress::done).size(),
                        counted(size_of(roll), noun_of(roll.kind)));
    if (!stopped.empty()) text += "    stopped at " + some_of(names_of(stopped), room - 15) + "\n";
    if (!untouched.empty()) text += "    as before: " + some_of(names_of(untouched), room - 15) + "\n";
    text +=
        "    " + paint(Colour::bold, "hint:") + " " +
        wrap(report.interrupted ? "apply again: the roll goes on from there, with the same limits"
                                : "mend what failed and apply again: the roll goes on from there; to give it up, put "
                                  "the manifest back as it was and apply",
             room, 10) +
        "\n";
  }
  return text;
}

std::string roll_records(const plan::Plan& plan, const apply::Report& report) {
  std::string text;
  for (const plan::RollPlan& roll : plan.rolls) {
    const auto progress = progress_of(roll, plan, report);
    const std::size_t batch = stopped_in(roll, progress);
    Json members = Json::array();
    for (std::size_t i = 0; i < roll.batches.size(); ++i) {
      for (const ResourceId& id : roll.batches[i])
        members.push_back({{"id", id.to_string()}, {"batch", i + 1}, {"state", to_string(progress.at(id))}});
    }
    Json json = record("roll");
    json["group"] = text_or_null(roll.group);
    json["kind"] = roll.kind;
    json["batches"] = roll.batches.size();
    json["stopped_in_batch"] = batch == 0 ? Json(nullptr) : Json(batch);
    json["members"] = std::move(members);
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
