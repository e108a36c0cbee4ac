#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/view_problems.h"

namespace muster::cli {
namespace {

Json changes_json(const std::vector<plan::Change>& changes) {
  Json list = Json::array();
  for (const plan::Change& change : changes) {
    const bool hidden = change.sensitive || change.create_time;
    list.push_back({{"field", change.field},
                    {"before", hidden ? Json(nullptr) : json_of(change.before)},
                    {"after", hidden ? Json(nullptr) : json_of(change.after)},
                    {"hidden", hidden},
                    {"cause", to_string(change.cause)}});
  }
  return list;
}

std::string_view word_of(plan::Start start) {
  switch (start) {
    case plan::Start::call:
      return "call";
    case plan::Start::resume:
      return "resume";
    case plan::Start::wait:
      return "wait";
    case plan::Start::look_up:
      return "look_up";
  }
  return "call";
}

Json step_json(const plan::Plan& plan, const plan::Step& step) {
  const auto ids = [&](const std::vector<std::size_t>& indices) {
    Json list = Json::array();
    for (const std::size_t index : indices) list.push_back(plan.steps[index].id.to_string());
    return list;
  };
  Json json = record("step");
  json["verb"] = to_string(step.verb);
  json["half"] = step.half == plan::Half::whole        ? "whole"
                 : step.half == plan::Half::create_new ? "create_new"
                                                       : "remove_old";
  json["start"] = word_of(step.start);
  json["id"] = step.id.to_string();
  json["connection"] = text_or_null(step.connection);
  json["group"] = text_or_null(step.group);
  json["reason"] = text_or_null(step.reason);
  json["changes"] = changes_json(step.changes);
  json["backend_id"] = step.object ? text_or_null(step.object->backend_id) : Json(nullptr);
  json["origin"] = json_of(step.origin);
  json["needs"] = ids(step.needs);
  json["follows"] = ids(step.follows);
  json["after"] = ids(step.after);
  json["batch"] = step.batch == 0 ? Json(nullptr) : Json(step.batch);
  json["drains"] = Json::array();
  for (const plan::Drain& drain : step.drains)
    json["drains"].push_back({{"id", plan.steps[drain.step].id.to_string()}, {"seconds", drain.time.count()}});
  json["not_before"] = step.not_before == Time{} ? Json(nullptr) : Json(iso_text(step.not_before));
  return json;
}

Json guard_json(const plan::GuardVerdict& guard) {
  Json trips = Json::array();
  for (const plan::GuardTrip& trip : guard.trips) {
    trips.push_back(
        {{"kind", trip.kind}, {"changes", trip.changes}, {"limit", trip.limit}, {"existing", trip.existing}});
  }
  return {
      {"refuses", guard.refuses()}, {"allow", guard.dangerous}, {"no_manifests", guard.no_manifests}, {"trips", trips}};
}

Json selection_json(const plan::Selected& selected) {
  const auto links = [](const std::vector<plan::Linked>& all) {
    Json list = Json::array();
    for (const plan::Linked& link : all) {
      list.push_back(
          {{"id", link.id.to_string()}, {"verb", to_string(link.verb)}, {"because_of", link.because_of.to_string()}});
    }
    return list;
  };
  return {{"only", selected.asked.only},
          {"except", selected.asked.except},
          {"pulled_in", links(selected.pulled_in)},
          {"kept", links(selected.kept)},
          {"left_out", selected.left_out}};
}

Json match_json(const plan::FileMatch& match) {
  Json pending = Json::array();
  for (const plan::Pending& step : match.also_pending)
    pending.push_back({{"id", step.id.to_string()}, {"verb", to_string(step.verb)}});
  return {{"plan", match.file}, {"also_pending", std::move(pending)}, {"left_out", match.left_out}};
}

Json roll_json(const plan::RollPlan& roll) {
  Json batches = Json::array();
  for (const std::vector<ResourceId>& batch : roll.batches) {
    Json ids = Json::array();
    for (const ResourceId& id : batch) ids.push_back(id.to_string());
    batches.push_back(std::move(ids));
  }
  return {{"group", roll.group},
          {"kind", roll.kind},
          {"batch", roll.limits.batch},
          {"surge", roll.limits.surge},
          {"max_unavailable", roll.limits.max_unavailable},
          {"drain_seconds", roll.drain.count()},
          {"batches", std::move(batches)}};
}

Json summary_of(const PlanShown& shown) {
  const plan::Plan& plan = shown.prepared.plan;
  Json verbs = Json::object();
  for (const auto& [verb, number] : count_by_verb(plan)) verbs[std::string(to_string(verb))] = number;
  Json json = record("plan");
  json["fleet"] = shown.fleet;
  json["steps"] = verbs;
  json["held"] = plan.held.size();
  json["unknown"] = plan.unknown.size();
  json["problems"] = plan.problems.size() + shown.prepared.preflight.size();
  json["unchanged"] = plan.unchanged;
  json["scheduled"] = plan.scheduled.size();
  json["at"] = shown.at ? Json(iso_text(*shown.at)) : Json(nullptr);
  json["rolls"] = Json::array();
  for (const plan::RollPlan& roll : plan.rolls) json["rolls"].push_back(roll_json(roll));
  json["guard"] = guard_json(plan.guard);
  json["forecast"] = plan.forecast;
  json["calls"] = shown.calls;
  const auto& selected = shown.prepared.selected;
  json["selection"] = selected ? selection_json(*selected) : Json(nullptr);
  json["plan_file"] = shown.prepared.match ? match_json(*shown.prepared.match) : Json(nullptr);
  json["another_run"] = shown.at_work ? Json(shown.at_work->to_string()) : Json(nullptr);
  json["cached_at"] = shown.cached_at ? Json(iso_text(*shown.cached_at)) : Json(nullptr);
  return json;
}

}  // namespace

std::string plan_records(const PlanShown& shown) {
  const plan::Plan& plan = shown.prepared.plan;
  std::string text;
  for (const plan::Step& step : plan.steps) text += line(step_json(plan, step));
  for (const plan::Held& held : plan.held) {
    Json json = record("held");
    json["id"] = held.id.to_string();
    json["group"] = text_or_null(held.group);
    json["reason"] = held.reason;
    json["changes"] = changes_json(held.changes);
    json["origin"] = json_of(held.origin);
    text += line(json);
  }
  text += unknown_records(plan.unknown);
  for (const plan::Scheduled& one : plan.scheduled) {
    Json json = record("scheduled");
    json["id"] = one.id.to_string();
    json["group"] = text_or_null(one.group);
    json["appears"] = one.season == plan::Season::early ? Json(iso_text(one.when)) : Json(nullptr);
    json["over_since"] = one.season == plan::Season::over ? Json(iso_text(one.when)) : Json(nullptr);
    text += line(json);
  }
  return text + diagnostic_records(plan.problems) + diagnostic_records(shown.prepared.preflight) +
         line(summary_of(shown));
}

}  // namespace muster::cli
