#include "reconciler/cli/json.h"
#include "reconciler/cli/view_explain.h"

namespace muster::cli {
namespace {

std::string_view word_of(FieldStanding standing) {
  switch (standing) {
    case FieldStanding::equal:
      return "equal";
    case FieldStanding::differs:
      return "differs";
    case FieldStanding::held:
      return "held";
    case FieldStanding::not_compared:
      return "not-compared";
    case FieldStanding::unread:
      return "unread";
    case FieldStanding::not_seen:
      return "not-seen";
  }
  return "not-seen";
}

Json value_json(const Value& value, bool sensitive) {
  if (value.is_null()) return nullptr;
  return sensitive ? Json("[secret]") : json_of(value);
}

Json ids_json(const std::vector<ResourceId>& ids) {
  Json json = Json::array();
  for (const ResourceId& id : ids) json.push_back(id.to_string());
  return json;
}

Json explained_json(const FieldExplained& field) {
  const bool differs = field.standing == FieldStanding::differs || field.standing == FieldStanding::held;
  Json sources = Json::array();
  for (const FieldSource& source : field.sources) {
    sources.push_back({{"path", source.path},
                       {"origin", source.place ? json_of(*source.place) : Json(nullptr)},
                       {"from", !source.place     ? "default"
                                : source.of_fleet ? "fleet-defaults"
                                                  : "manifest"}});
  }
  Json refs = Json::array();
  for (const Ref& ref : field.refs) refs.push_back({{"id", ref.id.to_string()}, {"attribute", ref.attribute}});
  return {{"field", field.name},
          {"wanted", value_json(field.wanted, field.sensitive)},
          {"wanted_digest", text_or_null(field.digest)},
          {"sources", sources},
          {"refs", refs},
          {"observed", value_json(field.observed, field.sensitive)},
          {"stamped_digest", text_or_null(field.stamped)},
          {"standing", word_of(field.standing)},
          {"cause", differs ? Json(to_string(field.cause)) : Json(nullptr)}};
}

Json stamp_json(const Stamp& stamp) {
  return {{"fleet", stamp.fleet},
          {"id", stamp.id.to_string()},
          {"incarnation", stamp.incarnation.to_string()},
          {"form", stamp.form},
          {"revision", stamp.revision.to_string()},
          {"protect", stamp.protect},
          {"digests", stamp.digests}};
}

Json object_json(const Observed& object) {
  return {{"backend_id", text_or_null(object.backend_id)},
          {"connection", text_or_null(object.connection)},
          {"ownership", to_string(object.ownership)},
          {"condition", to_string(object.condition)},
          {"since", time_or_null(object.since)},
          {"created", time_or_null(object.created)},
          {"ever_ready", object.ever_ready},
          {"evidence", text_or_null(object.evidence)},
          {"attributes", json_of(object.attributes)},
          {"stamp", object.stamp ? stamp_json(*object.stamp) : Json(nullptr)}};
}

Json links_json(const std::vector<Link>& links) {
  Json json = Json::array();
  for (const Link& link : links) json.push_back({{"id", link.id.to_string()}, {"why", link.how}});
  return json;
}

Json history_json(const LastStep& last) {
  const state::StepRecord& step = last.step;
  return {{"verb", to_string(step.verb)},
          {"outcome", to_string(step.outcome)},
          {"started", time_or_null(step.started)},
          {"duration_ms", step.duration.count()},
          {"message", text_or_null(step.message)},
          {"request_ids", step.request_ids},
          {"run", step.run},
          {"command", last.run ? text_or_null(last.run->command) : Json(nullptr)},
          {"who", last.run ? text_or_null(last.run->who) : Json(nullptr)},
          {"revision", last.run ? text_or_null(last.run->revision) : Json(nullptr)}};
}

Json step_json(const plan::Step& step) {
  Json fields = Json::array();
  for (const plan::Change& change : step.changes) fields.push_back(change.field);
  return {{"verb", to_string(step.verb)},
          {"reason", text_or_null(step.reason)},
          {"fields", fields},
          {"backend_id", step.object ? text_or_null(step.object->backend_id) : Json(nullptr)}};
}

Json intent_json(const state::Intent& intent) {
  return {{"verb", to_string(intent.verb)},
          {"incarnation", intent.incarnation.to_string()},
          {"run", intent.run},
          {"opened_at", time_or_null(intent.opened_at)},
          {"state", to_string(intent.state)}};
}

template <typename Items, typename ToJson>
Json array_of(const Items& items, const ToJson& to_json) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(to_json(item));
  return json;
}

}  // namespace

std::string explanation_record(const Explanation& explanation) {
  Json json = record("explanation");
  json["id"] = explanation.id.to_string();
  json["wanted"] = explanation.is_wanted;
  json["group"] = text_or_null(explanation.group);
  json["origin"] = explanation.origin ? json_of(*explanation.origin) : Json(nullptr);
  json["connection"] = text_or_null(explanation.connection);
  json["read_at"] = explanation.read_at ? time_or_null(*explanation.read_at) : Json(nullptr);
  json["unread"] = text_or_null(explanation.unread);
  json["verdict"] = verdict_lines(explanation);
  json["steps"] = array_of(explanation.steps, step_json);
  json["after"] = ids_json(explanation.after);
  json["held"] = array_of(explanation.held, [](const plan::Held& held) { return Json(held.reason); });
  json["unknown"] = array_of(explanation.unknown, [](const plan::Unknown& unknown) { return Json(unknown.reason); });
  json["problems"] = array_of(explanation.problems, [](const Diagnostic& problem) {
    return Json{{"message", problem.message}, {"hint", text_or_null(problem.hint)}};
  });
  json["fields"] = array_of(explanation.fields, explained_json);
  json["objects"] = array_of(explanation.objects, [](const ObjectExplained& one) {
    Json object = object_json(one.object);
    object["keeper"] = one.is_keeper;
    object["why"] = text_or_null(one.why);
    return object;
  });
  json["foreign"] = array_of(explanation.foreign, object_json);
  json["needs"] = links_json(explanation.needs);
  json["needed_by"] = links_json(explanation.needed_by);
  json["applied_at"] = explanation.applied_at ? time_or_null(*explanation.applied_at) : Json(nullptr);
  json["intents"] = array_of(explanation.intents, intent_json);
  json["claims"] = array_of(explanation.claims, [](const state::Claim& claim) { return Json(claim.backend_id); });
  json["history"] = array_of(explanation.history, history_json);
  return line(json);
}

}  // namespace muster::cli
