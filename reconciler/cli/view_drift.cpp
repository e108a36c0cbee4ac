#include "reconciler/cli/view_drift.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/view_problems.h"

namespace muster::cli {
namespace {

std::string since_text(const DriftItem& item) {
  return item.since == Time{} ? "" : " (since " + minute_text(item.since) + ")";
}

std::string headline(const DriftItem& item, const Painter& paint) {
  const std::string name = noun_of(item.id.kind) + " " + short_name(item.id);
  switch (item.what) {
    case Drifted::changed:
      return paint(Colour::yellow, "~ " + name);
    case Drifted::gone:
      return paint(Colour::red, "- " + name) + " is gone";
    case Drifted::deleting:
      return paint(Colour::red, "- " + name) + " is being removed by somebody else" + since_text(item);
    case Drifted::failed:
      return paint(Colour::red, "! " + name) + " has failed after it was ready" + since_text(item);
    case Drifted::stopped:
      return paint(Colour::yellow, "! " + name) + " does not run: " + item.detail + since_text(item);
    case Drifted::twin:
      return paint(Colour::red, "+ " + name) + fmt::format(" exists {} times", item.backend_ids.size());
    case Drifted::foreign:
      break;
  }
  return paint(Colour::red, "! " + name) + ": something that is not ours stands in its place";
}

/// Below the headline; empty when that says it all.
std::string detail_of(const DriftItem& item) {
  switch (item.what) {
    case Drifted::twin:
      return fmt::format("{}", fmt::join(item.backend_ids, ", "));
    case Drifted::foreign:
      return item.backend_ids.front() + (item.detail.empty() ? "" : ": " + item.detail);
    case Drifted::failed:
    case Drifted::deleting:
      return item.detail;
    default:
      return {};
  }
}

/// Only where the manifest stood still the value it asks for is the one there was.
std::string values_text(const MovedField& moved) {
  if (moved.hidden) return "changed (secret, not shown)";
  if (moved.cause == plan::Cause::drift)
    return fmt::format("was {}, is {}", brief_value_text(moved.wanted), brief_value_text(moved.is));
  return fmt::format("is {}, the manifest says {}", brief_value_text(moved.is), brief_value_text(moved.wanted));
}

std::string_view remark(plan::Cause cause) {
  switch (cause) {
    case plan::Cause::both:
      return "both changed since muster wrote it";
    case plan::Cause::unknown:
      return "nobody can tell who moved: what muster wrote last is not known here";
    case plan::Cause::drift:
    case plan::Cause::manifest:
    case plan::Cause::outcome:
      break;
  }
  return "";
}

std::string field_text(const MovedField& moved, const Painter& paint, std::size_t width, bool verbose) {
  const std::string what = moved.field + ": " + values_text(moved);
  const std::string_view why = remark(moved.cause);
  return "        " + (verbose ? what : clip(what, width - 8)) + "\n" +
         (why.empty() ? "" : "          " + paint(Colour::dim, why) + "\n");
}

std::string heading(const DriftShown& shown, const Painter& paint) {
  const Drift& drift = shown.drift;
  std::set<ResourceId> moved;
  for (const DriftItem& item : drift.items) moved.insert(item.id);
  if (!moved.empty()) {
    return paint(Colour::bold, fmt::format("Fleet '{}': {} of {} drifted", shown.fleet, moved.size(),
                                           counted(drift.looked_at, "object"))) +
           "\n";
  }
  if (!drift.unknown.empty()) return fmt::format("Fleet '{}': no drift in what could be read\n", shown.fleet);
  return paint(Colour::green, fmt::format("Fleet '{}': no drift", shown.fleet)) +
         fmt::format(" in {}\n", counted(drift.looked_at, "object"));
}

std::string footer(const DriftShown& shown) {
  const Drift& drift = shown.drift;
  std::string text;
  if (drift.ignored > 0) text += fmt::format("{} ignored\n", counted(drift.ignored, "difference"));
  if (drift.pending > 0) {
    text += fmt::format("{} pending that {} no drift: muster plan shows {}\n", counted(drift.pending, "change"),
                        drift.pending == 1 ? "is" : "are", drift.pending == 1 ? "it" : "them");
  }
  if (drift.never_ours > 0) {
    text += fmt::format("{} that muster never wrote {} where wanted ones belong: muster adopt shows {}\n",
                        counted(drift.never_ours, "object"), drift.never_ours == 1 ? "stands" : "stand",
                        drift.never_ours == 1 ? "it" : "them");
  }
  return text + "calls made: " + calls_text(shown.calls, shown.verbose) + "\n";
}

Json field_json(const MovedField& moved) {
  const bool is_known = moved.cause == plan::Cause::drift && !moved.hidden;
  return {{"field", moved.field},
          {"was", is_known ? json_of(moved.wanted) : Json(nullptr)},
          {"is", moved.hidden ? Json(nullptr) : json_of(moved.is)},
          {"wanted", moved.hidden ? Json(nullptr) : json_of(moved.wanted)},
          {"cause", to_string(moved.cause)},
          {"hidden", moved.hidden}};
}

Json item_json(const DriftItem& item) {
  Json fields = Json::array();
  for (const MovedField& moved : item.fields) fields.push_back(field_json(moved));
  Json json = record("drift");
  json["id"] = item.id.to_string();
  json["group"] = text_or_null(item.group);
  json["what"] = to_string(item.what);
  json["backend_ids"] = item.backend_ids;
  json["detail"] = text_or_null(item.detail);
  json["since"] = time_or_null(item.since);
  json["fields"] = std::move(fields);
  return json;
}

}  // namespace

std::string drift_text(const DriftShown& shown, const Painter& paint, int width) {
  const auto columns = static_cast<std::size_t>(width);
  std::string text = heading(shown, paint);
  const std::string* group = nullptr;
  for (const DriftItem& item : shown.drift.items) {
    if (group == nullptr || *group != item.group) text += "\n" + paint(Colour::bold, item.group) + "\n";
    group = &item.group;
    text += "  " + headline(item, paint) + "\n";
    if (const std::string detail = detail_of(item); !detail.empty())
      text += "        " + wrap(detail, columns, 8) + "\n";
    for (const MovedField& moved : item.fields) text += field_text(moved, paint, columns, shown.verbose);
  }
  Brevity brevity(shown.verbose);
  return text + unknown_text(shown.drift.unknown, paint, width, brevity) + "\n" + footer(shown);
}

std::string drift_records(const DriftShown& shown, int exit_code) {
  std::string text;
  for (const DriftItem& item : shown.drift.items) text += line(item_json(item));
  for (const plan::Unknown& unknown : shown.drift.unknown) {
    Json json = record("unknown");
    json["id"] = unknown.id.to_string();
    json["group"] = text_or_null(unknown.group);
    json["reason"] = unknown.reason;
    text += line(json);
  }
  Json json = record("drift_summary");
  json["fleet"] = shown.fleet;
  json["looked_at"] = shown.drift.looked_at;
  json["drifted"] = shown.drift.items.size();
  json["ignored"] = shown.drift.ignored;
  json["pending"] = shown.drift.pending;
  json["never_ours"] = shown.drift.never_ours;
  json["unknown"] = shown.drift.unknown.size();
  json["calls"] = shown.calls;
  json["exit_code"] = exit_code;
  return text + line(json);
}

}  // namespace muster::cli
