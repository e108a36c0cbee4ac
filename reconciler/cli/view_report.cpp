#include "reconciler/cli/view_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/view_roll.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

using apply::StepState;

/// Failures that read the same, and what could not start because of them.
struct Failure {
  std::vector<std::size_t> steps;
  std::map<std::string, std::size_t> skipped_by_kind;
};

std::vector<Failure> failures_of(const plan::Plan& plan, const apply::Report& report) {
  std::vector<Failure> failures;
  std::map<std::string, std::size_t> by_text;
  std::map<std::size_t, std::size_t> by_step;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const apply::StepResult& result = report.results[i];
    if (result.state != StepState::failed) continue;
    const std::string key = fmt::format("{} {} {}", to_string(plan.steps[i].verb), plan.steps[i].id.kind,
                                        result.error ? result.error->full_text() : "");
    const auto [found, is_new] = by_text.emplace(key, failures.size());
    if (is_new) failures.emplace_back();
    failures[found->second].steps.push_back(i);
    by_step[i] = found->second;
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (report.results[i].state != StepState::skipped) continue;
    const auto cause = by_step.find(report.results[i].cause);
    if (cause != by_step.end()) ++failures[cause->second].skipped_by_kind[plan.steps[i].id.kind];
  }
  return failures;
}

std::string failure_text(const plan::Plan& plan, const apply::Report& report, const Failure& failure,
                         const Painter& paint, int width) {
  const plan::Step& first = plan.steps[failure.steps.front()];
  std::vector<std::string> names;
  for (const std::size_t step : failure.steps) names.push_back(short_name(plan.steps[step].id));
  std::string what = failure.steps.size() == 1 ? first.id.to_string()
                                               : counted(names.size(), noun_of(first.id.kind)) + ": " +
                                                     some_of(names, static_cast<std::size_t>(width - 30));
  std::string text = "\n" + paint(Colour::red, "failed to " + std::string(to_string(first.verb))) + " " + what + "\n";
  if (const auto& error = report.results[failure.steps.front()].error) {
    const auto room = static_cast<std::size_t>(width);
    text += "    " + wrap(clip(error->message(), widest_message), room, 4) + "\n";
    for (const std::string& frame : error->frames()) text += "    while " + frame + "\n";
    if (!error->hint().empty())
      text += "    " + paint(Colour::bold, "hint:") + " " + wrap(error->hint(), room, 10) + "\n";
  }
  std::string skipped;
  for (const auto& [kind, number] : failure.skipped_by_kind) {
    skipped += (skipped.empty() ? "" : ", ") + counted(number, noun_of(kind));
  }
  return skipped.empty() ? text : text + "    not started because of it: " + skipped + "\n";
}

/// What goes on without us, and why the run did not see its end.
std::string left_text(const ReportShown& shown, const Painter& paint, int width) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> reasons;
  for (std::size_t i = 0; i < shown.plan.steps.size(); ++i) {
    if (shown.report.results[i].state != StepState::left) continue;
    const auto why = shown.left_because.find(i);
    const ResourceId& id = shown.plan.steps[i].id;
    reasons[{id.kind, why == shown.left_because.end() ? "" : why->second}].push_back(short_name(id));
  }
  std::string text;
  for (const auto& [key, names] : reasons) {
    const auto& [kind, why] = key;
    text += "\n" + paint(Colour::yellow, "left to the next run:") + " " + counted(names.size(), noun_of(kind)) + ": " +
            some_of(names, static_cast<std::size_t>(std::max(width - 40, 30))) + "\n";
    if (!why.empty()) text += "    " + wrap(why, static_cast<std::size_t>(width), 4) + "\n";
  }
  return text;
}

std::string ending(const plan::Plan& plan, const apply::Report& report, std::chrono::milliseconds took) {
  const std::size_t total = change_count(plan);
  const auto numbers = apply::tally(plan, report);
  const auto number = [&](StepState state) { return numbers.contains(state) ? numbers.at(state) : 0; };
  std::string text = fmt::format("{} of {} done", number(StepState::done), counted(total, "change"));
  if (const auto n = number(StepState::failed)) text += fmt::format(", {} failed", n);
  if (const auto n = number(StepState::skipped)) text += fmt::format(", {} not started because of that", n);
  if (const auto n = number(StepState::left)) text += fmt::format(", {} left to the next run", n);
  if (const auto n = number(StepState::not_started)) text += fmt::format(", {} not begun", n);
  return text + ", in " + duration_text(took);
}

}  // namespace

std::string report_text(const ReportShown& shown, const Painter& paint, int width) {
  const auto& [plan, report, left_because, took] = shown;
  std::string text;
  for (const Failure& failure : failures_of(plan, report)) text += failure_text(plan, report, failure, paint, width);
  text += left_text(shown, paint, width) + stopped_rolls_text(plan, report, paint, width);
  if (!text.empty()) text += "\n";
  if (report.interrupted) text += paint(Colour::yellow, "Interrupted.") + " Nothing is lost: run it again to go on.\n";
  const bool all = report.all_done();
  text += paint(all ? Colour::green : Colour::bold, ending(plan, report, took)) + "\n";
  if (!all && !report.interrupted) text += "The next run tries again what is missing; what is done stays done.\n";
  return text;
}

std::string report_records(const ReportShown& shown, int exit_code) {
  const auto& [plan, report, left_because, took] = shown;
  std::string text;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const apply::StepResult& result = report.results[i];
    Json json = record("result");
    json["id"] = plan.steps[i].id.to_string();
    json["verb"] = to_string(plan.steps[i].verb);
    json["state"] = to_string(result.state);
    json["fault"] = result.error ? Json(to_string(result.error->fault())) : Json(nullptr);
    json["message"] = result.error ? Json(result.error->message()) : Json(nullptr);
    json["hint"] = result.error ? text_or_null(result.error->hint()) : Json(nullptr);
    json["cause"] = result.state == StepState::skipped ? Json(plan.steps[result.cause].id.to_string()) : Json(nullptr);
    const auto why = left_because.find(i);
    json["left_because"] = why == left_because.end() ? Json(nullptr) : text_or_null(why->second);
    text += line(json);
  }
  text += roll_records(plan, report);
  Json json = record("report");
  Json numbers = Json::object();
  for (const auto& [state, number] : apply::tally(plan, report)) numbers[std::string(to_string(state))] = number;
  json["changes"] = numbers;
  json["interrupted"] = report.interrupted;
  json["milliseconds"] = took.count();
  json["exit_code"] = exit_code;
  return text + line(json);
}

}  // namespace muster::cli
