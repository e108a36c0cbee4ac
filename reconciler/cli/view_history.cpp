#include "reconciler/cli/view_history.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "reconciler/cli/columns.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

using Row = std::vector<std::string>;

/// "2026-11-21 10:20", for columns whose header says that it is UTC.
std::string minute_of(Time time) {
  const std::string text = minute_text(time);
  return text.substr(0, text.rfind(' '));
}

std::string second_of(Time time) {
  const std::string text = clock_text(time);
  return text.substr(0, text.rfind(' '));
}

std::string took_text(std::chrono::milliseconds duration) {
  if (duration < std::chrono::seconds(10))
    return fmt::format("{:.1f} s", static_cast<double>(std::max<std::int64_t>(duration.count(), 0)) / 1000);
  return duration_text(duration);
}

std::string revision_text(const state::Run& run) {
  const auto revision = parse_revision(run.revision);
  return !revision || revision->id.empty() ? "-" : revision->id;
}

std::string_view word_of_exit(int code) {
  switch (code) {
    case 0:
      return "done";
    case 2:
      return "changes left";
    case 4:
      return "refused";
    case 6:
      return "partly done";
    case 130:
      return "interrupted";
    default:
      return "failed";
  }
}

std::string_view word_of(RunEnd end) {
  switch (end) {
    case RunEnd::ended:
      return "ended";
    case RunEnd::running:
      return "running";
    case RunEnd::killed:
      return "killed";
    case RunEnd::open:
      break;
  }
  return "open";
}

/// As reports of runs call it.
std::string word_of(state::StepOutcome outcome) {
  if (outcome == state::StepOutcome::succeeded) return "done";
  if (outcome == state::StepOutcome::interrupted) return "left";
  return std::string(to_string(outcome));
}

std::string counts_text(const std::map<state::StepOutcome, std::size_t>& outcomes) {
  std::string text;
  for (const auto& [outcome, number] : outcomes)
    if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, word_of(outcome));
  return text.empty() ? "no step" : text;
}

std::string outcome_text(const RunShown& shown, Time now) {
  const state::Run& run = shown.run;
  if (run.ended) {
    return fmt::format("{} in {}: {}", word_of_exit(run.exit_code.value_or(1)), took_text(*run.ended - run.started),
                       run.summary.empty() ? counts_text(shown.outcomes) : run.summary);
  }
  const std::string so_far = counts_text(shown.outcomes);
  if (shown.end == RunEnd::running)
    return fmt::format("running for {}: {} so far", took_text(now - run.started), so_far);
  if (shown.end == RunEnd::killed && shown.outcomes.empty()) return "killed before a step of it had ended";
  if (shown.end == RunEnd::killed) return "killed: " + so_far;
  return "no end: it runs, or was killed: " + so_far;
}

std::string message_text(const state::StepRecord& step) {
  std::string text = step.message;
  // Of what went well they would fill the screen; --json and explain have them.
  if (!step.request_ids.empty() && step.outcome != state::StepOutcome::succeeded)
    text += fmt::format("{}(request {})", text.empty() ? "" : " ", fmt::join(step.request_ids, ", "));
  return text;
}

Json run_json(const RunShown& shown) {
  const state::Run& run = shown.run;
  const auto revision = parse_revision(run.revision);
  Json steps = Json::object();
  for (const auto& [outcome, number] : shown.outcomes) steps[std::string(to_string(outcome))] = number;
  Json json = record("run");
  json["run"] = run.id;
  json["command"] = run.command;
  json["who"] = run.who;
  json["revision"] = revision ? text_or_null(revision->id) : Json(nullptr);
  json["state"] = word_of(shown.end);
  json["started"] = iso_text(run.started);
  json["ended"] = run.ended ? Json(iso_text(*run.ended)) : Json(nullptr);
  json["duration_ms"] = run.ended ? Json((*run.ended - run.started).count()) : Json(nullptr);
  json["exit_code"] = run.exit_code ? Json(*run.exit_code) : Json(nullptr);
  json["summary"] = text_or_null(run.summary);
  json["steps"] = steps;
  return json;
}

Json step_json(const state::StepRecord& step) {
  Json json = record("history_step");
  json["run"] = step.run;
  json["id"] = step.resource.to_string();
  json["verb"] = to_string(step.verb);
  json["outcome"] = to_string(step.outcome);
  json["started"] = iso_text(step.started);
  json["duration_ms"] = step.duration.count();
  json["message"] = text_or_null(step.message);
  json["request_ids"] = step.request_ids;
  return json;
}

}  // namespace

std::string runs_text(const std::vector<RunShown>& runs, Time now, int width) {
  std::vector<Row> rows;
  for (const RunShown& shown : runs) {
    rows.push_back({std::to_string(shown.run.id), minute_of(shown.run.started), shown.run.command, shown.run.who,
                    revision_text(shown.run), outcome_text(shown, now)});
  }
  return columns_text({"Run", "Started (UTC)", "Command", "By", "Revision", "Outcome"}, rows, width);
}

std::string run_text(const RunShown& shown, const std::vector<state::StepRecord>& steps, Time now, const Painter& paint,
                     int width) {
  const state::Run& run = shown.run;
  std::string text = paint(Colour::bold, fmt::format("Run {}: {} by {}", run.id, run.command, run.who)) + "\n";
  text += fmt::format("  started   {} {}\n", minute_of(run.started).substr(0, 10), clock_text(run.started));
  const auto revision = parse_revision(run.revision);
  if (revision && !revision->id.empty())
    text += fmt::format("  revision  {}, committed {}\n", revision->id,
                        minute_text(Time(std::chrono::seconds(revision->time))));
  text += "  outcome   " + wrap(outcome_text(shown, now), static_cast<std::size_t>(width), 12) + "\n";
  if (steps.empty()) return text + (shown.outcomes.empty() ? "\nNo step of it ended.\n" : "\nEvery step is done.\n");
  std::vector<Row> rows;
  for (const state::StepRecord& step : steps) {
    rows.push_back({second_of(step.started), took_text(step.duration), std::string(to_string(step.verb)),
                    word_of(step.outcome), step.resource.to_string()});
    if (const std::string message = message_text(step); !message.empty()) rows.push_back({"", "", "", "", message});
  }
  return text + "\n" + columns_text({"At (UTC)", "Took", "Step", "Outcome", "Resource"}, rows, width);
}

std::string actions_text(const std::vector<ActionShown>& actions, int width) {
  std::set<ResourceId> ids;
  for (const ActionShown& action : actions) ids.insert(action.step.resource);
  std::vector<Row> rows;
  for (const ActionShown& action : actions) {
    const state::StepRecord& step = action.step;
    std::string what =
        ids.size() > 1 ? step.resource.to_string() : action.run.run.command + " by " + action.run.run.who;
    rows.push_back({std::to_string(step.run), minute_of(step.started), std::string(to_string(step.verb)),
                    word_of(step.outcome), took_text(step.duration), std::move(what)});
    if (const std::string message = message_text(step); !message.empty()) rows.push_back({"", "", "", "", "", message});
  }
  std::string title = ids.size() == 1 ? ids.begin()->to_string() + "\n" : std::string();
  return title +
         columns_text({"Run", "At (UTC)", "Step", "Outcome", "Took", ids.size() > 1 ? "Resource" : "In"}, rows, width);
}

std::string runs_records(const std::vector<RunShown>& runs) {
  std::string text;
  for (const RunShown& shown : runs) text += line(run_json(shown));
  return text;
}

std::string run_records(const RunShown& run, const std::vector<state::StepRecord>& steps) {
  std::string text = line(run_json(run));
  for (const state::StepRecord& step : steps) text += line(step_json(step));
  return text;
}

std::string actions_records(const std::vector<ActionShown>& actions) {
  std::string text;
  for (const ActionShown& action : actions) {
    Json json = step_json(action.step);
    json["command"] = action.run.run.command;
    json["who"] = action.run.run.who;
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
