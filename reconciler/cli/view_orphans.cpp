#include "reconciler/cli/view_orphans.h"

#include <fmt/format.h>

#include "reconciler/cli/columns.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

using Row = std::vector<std::string>;

std::string day_of(Time time) { return time == Time{} ? "-" : minute_text(time).substr(0, 10); }

std::string_view word_of(Fate fate) {
  switch (fate) {
    case Fate::removed:
      return "removed";
    case Fate::waited_for:
      return "waited_for";
    case Fate::held:
      return "held";
    case Fate::unknown:
      break;
  }
  return "unknown";
}

std::string fate_text(const Orphan& orphan) {
  switch (orphan.fate) {
    case Fate::removed:
      return "removes it";
    case Fate::waited_for:
      return "waits: " + orphan.why;
    case Fate::held:
      return "keeps it: " + orphan.why;
    case Fate::unknown:
      break;
  }
  return "leaves it: " + orphan.why;
}

/// Targets of a record, addresses and state of a server: whatever its kind tells.
std::string what_it_is(const Observed& object) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  };
  if (object.attributes.at("targets").is_list()) add(value_text(object.attributes.at("targets")));
  add(object.attributes.string_at("status"));
  add(object.attributes.string_at("ipv4"));
  return text;
}

std::string note_of(const Foreign& foreign) {
  std::string text = what_it_is(foreign.object);
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (!foreign.in_place_of.empty()) add("in the place of " + foreign.in_place_of);
  if (!foreign.fleet.empty()) add("of the fleet with uid " + foreign.fleet);
  return text;
}

Json object_json(std::string_view type, const Observed& object) {
  Json json = record(type);
  json["id"] = object.id.to_string();
  json["connection"] = text_or_null(object.connection);
  json["backend_id"] = text_or_null(object.backend_id);
  json["condition"] = to_string(object.condition);
  json["evidence"] = text_or_null(object.evidence);
  json["created"] = time_or_null(object.created);
  json["what"] = text_or_null(what_it_is(object));
  return json;
}

}  // namespace

std::string orphans_text(const Orphans& orphans, bool all, const Painter& paint, int width) {
  std::string text;
  if (!orphans.orphans.empty()) {
    std::vector<Row> rows;
    for (const Orphan& orphan : orphans.orphans)
      rows.push_back({orphan.object.id.to_string(), day_of(orphan.object.created), fate_text(orphan)});
    text += paint(Colour::bold, "Ours, and no manifest wants them") + "\n\n" +
            columns_text({"Resource", "Made", "What apply does"}, rows, width);
  }
  std::vector<Row> rows;
  for (const Foreign& foreign : orphans.foreign) {
    if (!all && !foreign.in_our_names) continue;
    rows.push_back({noun_of(foreign.object.id.kind), foreign.name, day_of(foreign.object.created), note_of(foreign)});
  }
  if (!rows.empty()) {
    text += (text.empty() ? "" : "\n") + paint(Colour::bold, "Not ours, where ours are: muster leaves them alone") +
            "\n\n" + columns_text({"Kind", "Name", "Made", "Details"}, rows, width);
  }
  if (text.empty() && !orphans.complete) text = "No orphans in what could be read\n";
  if (text.empty())
    text = paint(Colour::green, "No orphans") + ": all that is ours is wanted, and nothing else is there\n";
  if (!all && orphans.elsewhere > 0) {
    text += fmt::format("\n{} in the same projects {} no name of this fleet (--all shows {})\n",
                        counted(orphans.elsewhere, "other object"), orphans.elsewhere == 1 ? "has" : "have",
                        orphans.elsewhere == 1 ? "it" : "them");
  }
  return text;
}

std::string orphans_records(const Orphans& orphans, bool all) {
  std::string text;
  for (const Orphan& orphan : orphans.orphans) {
    Json json = object_json("orphan", orphan.object);
    json["fate"] = word_of(orphan.fate);
    json["why"] = text_or_null(orphan.why);
    json["revision"] = orphan.object.stamp ? text_or_null(orphan.object.stamp->revision.id) : Json(nullptr);
    text += line(json);
  }
  for (const Foreign& foreign : orphans.foreign) {
    if (!all && !foreign.in_our_names) continue;
    Json json = object_json("foreign", foreign.object);
    json["name"] = foreign.name;
    json["in_place_of"] = text_or_null(foreign.in_place_of);
    json["fleet"] = text_or_null(foreign.fleet);
    json["in_our_names"] = foreign.in_our_names;
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
