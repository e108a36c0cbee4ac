#include "reconciler/cli/view_status.h"

#include <fmt/format.h>

#include <set>

#include "reconciler/cli/dates.h"
#include "reconciler/cli/hosts.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/table.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_deployments.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_problems.h"

namespace muster::cli {
namespace {

constexpr std::string_view check_kind = "guest.check";

bool is_ready(const plan::Snapshot& snapshot, const ResourceId& id) {
  const auto [first, last] = snapshot.objects.equal_range(id);
  return std::any_of(first, last, [](const auto& entry) {
    return entry.second.condition == Condition::ready && entry.second.ownership != Ownership::foreign &&
           stopped_word(entry.second).empty();
  });
}

/// "my-event/abcde" of guest.check:my-event/abcde/ssh.
std::string host_of_check(const ResourceId& id) { return id.name.substr(0, id.name.rfind('/')); }

std::string of_total(std::size_t part, std::size_t total) {
  return total == 0 ? "" : fmt::format("{}/{}", part, total);
}

std::string unless_none(std::size_t number) { return number == 0 ? "" : std::to_string(number); }

std::string last_run_text(const std::optional<state::Run>& last, Time now,
                          const std::optional<state::LockHolder>& at_work) {
  const std::string holder = at_work ? "at work now: " + at_work->to_string() + "\n" : "";
  if (!last) return "\n" + (holder.empty() ? "last run: none that this machine knows of\n" : holder);
  std::string end = at_work ? "still running" : "was killed";
  if (last->ended)
    end = last->summary.empty() ? fmt::format("exit code {}", last->exit_code.value_or(0)) : last->summary;
  return fmt::format("\nlast run: {} by {}, {} ago: {}\n{}", last->command, last->who,
                     duration_text(now - last->started), end, holder);
}

Json last_run_json(const state::Run& last) {
  Json json = record("last_run");
  json["command"] = last.command;
  json["who"] = last.who;
  json["revision"] = text_or_null(last.revision);
  json["started"] = iso_text(last.started);
  json["ended"] = last.ended ? Json(iso_text(*last.ended)) : Json(nullptr);
  json["exit_code"] = last.exit_code ? Json(*last.exit_code) : Json(nullptr);
  json["summary"] = text_or_null(last.summary);
  return json;
}

}  // namespace

std::vector<GroupStatus> status_of(const std::vector<Resource>& resources, const std::vector<Manifest>& manifests,
                                   const apply::Prepared& prepared) {
  std::map<std::string, GroupStatus> groups;
  std::set<std::string> not_ready;
  std::set<ResourceId> unwanted_now;
  for (const plan::Scheduled& scheduled : prepared.plan.scheduled) unwanted_now.insert(scheduled.id);
  for (const Resource& resource : resources) {
    if (resource.id.kind != check_kind) continue;
    GroupStatus& group = groups[resource.group];
    const bool passed = is_ready(prepared.snapshot, resource.id) && !unwanted_now.contains(resource.id);
    ++group.checks;
    if (passed)
      ++group.checks_passed;
    else
      not_ready.insert(host_of_check(resource.id));
  }
  for (const Resource& resource : resources) {
    if (!is_host_kind(resource.id.kind)) continue;
    GroupStatus& group = groups[resource.group];
    ++group.hosts;
    if (is_ready(prepared.snapshot, resource.id) && !not_ready.contains(resource.id.name)) ++group.hosts_ready;
  }
  for (const plan::Step& step : prepared.plan.steps) {
    if (step.verb != Verb::flush && step.half != plan::Half::remove_old) ++groups[step.group].pending;
  }
  for (const plan::Held& held : prepared.plan.held) ++groups[held.group].held;
  for (const plan::Unknown& unknown : prepared.plan.unknown) ++groups[unknown.group].unknown;
  for (const Diagnostic& problem : prepared.plan.problems) ++groups[problem.where.manifest].problems;
  for (const Manifest& manifest : manifests) {
    const auto found = groups.find(manifest.key());
    if (found == groups.end()) continue;
    found->second.begins = begin_of(manifest);
    found->second.expires = end_of(manifest);
  }
  std::vector<GroupStatus> result;
  for (auto& [name, group] : groups) {
    group.group = name;
    result.push_back(std::move(group));
  }
  return result;
}

std::string status_text(const StatusShown& shown, const Painter& paint, int width) {
  // Which resources is for plan --all to say.
  Brevity brevity(false);
  Table table{{"Manifest", "Hosts ready", "Checks passed", "Pending", "Held", "Unknown", "Problems", "When"},
              {},
              {"Manifest"},
              "-"};
  for (const GroupStatus& group : shown.groups) {
    table.rows.push_back({group_title(group.group), of_total(group.hosts_ready, group.hosts),
                          of_total(group.checks_passed, group.checks), unless_none(group.pending),
                          unless_none(group.held), unless_none(group.unknown), unless_none(group.problems),
                          dates_text(group.begins, group.expires, shown.now)});
  }
  const std::string deployments = deployments_text(shown.deployments, shown.now, shown.table_width);
  const bool has_groups = !table.rows.empty() || deployments.empty();
  return (has_groups ? table.to_string(shown.table_width) : "") + (has_groups && !deployments.empty() ? "\n" : "") +
         deployments + unknown_text(shown.prepared.plan.unknown, paint, width, brevity) +
         problems_text(shown.prepared.plan.problems, paint) + last_run_text(shown.last, shown.now, shown.at_work);
}

std::string status_records(const StatusShown& shown) {
  std::string text;
  for (const GroupStatus& group : shown.groups) {
    Json json = record("status");
    json["manifest"] = text_or_null(group.group);
    json["hosts"] = group.hosts;
    json["hosts_ready"] = group.hosts_ready;
    json["checks"] = group.checks;
    json["checks_passed"] = group.checks_passed;
    json["pending"] = group.pending;
    json["held"] = group.held;
    json["unknown"] = group.unknown;
    json["problems"] = group.problems;
    json["begins"] = group.begins ? Json(iso_text(*group.begins)) : Json(nullptr);
    json["expires"] = group.expires ? Json(iso_text(*group.expires)) : Json(nullptr);
    text += line(json);
  }
  text += deployment_records(shown.deployments);
  text += diagnostic_records(shown.prepared.plan.problems);
  if (shown.last) text += line(last_run_json(*shown.last));
  if (!shown.at_work) return text;
  Json json = record("at_work");
  json["holder"] = shown.at_work->to_string();
  return text + line(json);
}

}  // namespace muster::cli
