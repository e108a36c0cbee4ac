#include "reconciler/cli/view_adopt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "reconciler/cli/brevity.h"
#include "reconciler/cli/hosts.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_plan.h"
#include "reconciler/cli/view_problems.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

using plan::Refusal;
using plan::Step;

std::string words_of(const Value& value) {
  if (value.is_null()) return "none";
  if (value.is_string()) return value.as_string();
  if (!value.is_list()) return to_canonical_json(value);
  std::vector<std::string> items;
  for (const Value& item : value.as_list()) items.push_back(words_of(item));
  return fmt::format("{}", fmt::join(items, ", "));
}

/// What a person recognises a thing by, in columns.
struct Line {
  std::string mark;
  std::string verb;
  std::string noun;
  std::string name;
  std::string detail;
  std::string backend_id;
};

Line line_of(const Step& step) {
  Line line{"=", std::string(to_string(step.verb)), noun_of(step.id.kind), short_name(step.id), {}, {}};
  if (step.verb != Verb::adopt) {
    const bool looks = step.connection.empty();
    line.mark = looks ? "?" : "+";
    line.verb = looks ? "look at" : "create";
    line.detail = looks ? "" : step.reason;
    return line;
  }
  const Value& seen = step.object->attributes;
  if (seen.at("targets").is_list()) {
    line.detail = fmt::format("-> {}, ttl {}", words_of(seen.at("targets")), seen.int_at("ttl"));
    return line;
  }
  line.name = seen.string_at("name", line.name);
  const bool has_address = seen.at("ipv4").is_string() || seen.at("ipv6").is_string();
  if (has_address) line.detail = seen.string_at("ipv4", "no IPv4");
  line.backend_id = step.object->backend_id;
  return line;
}

std::string heading(const AdoptionShown& shown, const Painter& paint) {
  std::map<std::string, std::size_t> kinds;
  for (const Step& step : shown.prepared.prepared.plan.steps) {
    if (step.verb == Verb::adopt) ++kinds[step.id.kind];
  }
  std::string what;
  for (const auto& [kind, number] : kinds) what += (what.empty() ? "" : ", ") + counted(number, noun_of(kind));
  if (what.empty())
    what = change_count(shown.prepared.prepared.plan) > 0 ? "what is left to finish" : "nothing to adopt";
  return paint(Colour::bold, fmt::format("Adoption for fleet '{}': {}", shown.load.fleet.name, what)) + "\n";
}

std::string lines_text(const std::vector<const Step*>& steps, const Painter& paint) {
  std::vector<Line> lines;
  std::size_t noun = 0;
  std::size_t name = 0;
  std::size_t detail = 0;
  for (const Step* step : steps) {
    lines.push_back(line_of(*step));
    noun = std::max(noun, lines.back().noun.size());
    name = std::max(name, lines.back().name.size());
    if (!lines.back().backend_id.empty()) detail = std::max(detail, lines.back().detail.size());
  }
  std::string text;
  for (const Line& line : lines) {
    std::string rest = fmt::format("{:<{}}  {:<{}}  {:<{}}  {}", line.noun, noun, line.name, name, line.detail, detail,
                                   line.backend_id);
    rest.erase(rest.find_last_not_of(' ') + 1);
    text += "  " + paint(Colour::green, fmt::format("{} {:<8}", line.mark, line.verb)) + " " + rest + "\n";
  }
  return text;
}

std::string steps_text(const AdoptionShown& shown, const Painter& paint) {
  std::map<std::string, std::vector<const Step*>> groups;
  std::set<std::string> zones;
  for (const Step& step : shown.prepared.prepared.plan.steps) {
    if (step.verb == Verb::flush)
      zones.insert(step.id.name);
    else
      groups[step.group].push_back(&step);
  }
  std::string text;
  for (auto& [group, steps] : groups) {
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step* a, const Step* b) { return (a->verb == Verb::adopt) > (b->verb == Verb::adopt); });
    text += "\n" + paint(Colour::bold, group_title(group)) + "\n";
    text += lines_text(steps, paint);
  }
  if (!zones.empty()) text += "\n  > flush    " + fmt::format("{}", fmt::join(zones, ", ")) + "\n";
  return text;
}

/// What is written, and what is believed.
std::string promise_text(const AdoptionShown& shown, int width) {
  const auto& steps = shown.prepared.prepared.plan.steps;
  std::set<std::string> hidden;
  std::vector<std::string_view> written;
  for (const std::string& kind : shown.registry.resource_kinds()) {  // servers before names
    const auto is_adopted = [&](const Step& step) { return step.verb == Verb::adopt && step.id.kind == kind; };
    if (std::none_of(steps.begin(), steps.end(), is_adopted)) continue;
    const Driver& driver = *shown.registry.driver(kind);
    if (const std::string_view writes = driver.traits().adopting_writes; !writes.empty()) written.push_back(writes);
    for (const Field& field : driver.schema().fields) {
      if (field.compare == Compare::create_time && field.sensitive) hidden.insert(field.name);
    }
  }
  if (written.empty()) return {};
  const auto room = static_cast<std::size_t>(width);
  std::string text = "\n" +
                     wrap(fmt::format("What is written: {}. Nothing is made anew, restarted or renamed; no record "
                                      "changes.",
                                      fmt::join(written, ", and ")),
                          room, 0) +
                     "\n";
  if (!hidden.empty()) {
    text += wrap(fmt::format(
                     "What is believed: the cloud does not show {} (login, web client, boot script), so it counts as "
                     "the manifest has it now.",
                     fmt::join(hidden, ", ")),
                 room, 0) +
            "\n";
  }
  return text;
}

std::string later_text(const plan::Plan& plan, const Painter& paint) {
  std::string text;
  for (const plan::Held& held : plan.held) {
    for (const plan::Change& change : held.changes) {
      text += fmt::format("  {} {}: {} {} -> {}\n", noun_of(held.id.kind), short_name(held.id), change.field,
                          words_of(change.before), words_of(change.after));
    }
  }
  return text.empty() ? "" : "\n" + paint(Colour::bold, "Afterwards apply changes in place") + "\n" + text;
}

/// Where a field of a resource is said, and in which words.
std::string line_to_change(const AdoptionShown& shown, const Refusal& refusal, const FieldChange& change) {
  for (const Manifest& manifest : shown.load.manifests) {
    const Blueprint* blueprint = shown.registry.blueprint(manifest.kind);
    if (manifest.key() != refusal.group || blueprint == nullptr) continue;
    const FieldSources sources = blueprint->sources(manifest, refusal.id.kind);
    const auto source = sources.find(change.field);
    if (source == sources.end() || source->second.empty()) return {};
    const std::string& path = source->second.front();
    const std::string word = path.substr(path.rfind('.') + 1);
    const std::string place = manifest.where(path).to_string();
    if (!change.before.is_null())
      return fmt::format("{}: write `{}: {}`", place, word,
                         change.before.is_list() ? "[" + words_of(change.before) + "]" : words_of(change.before));
    return change.field == "image" ? std::string() : fmt::format("{}: remove `{}`", place, word);
  }
  return {};
}

/// Of a record the manifest is seldom what is wrong.
std::string way_out(const AdoptionShown& shown, const Refusal& refusal) {
  if (refusal.because_of) {
    const auto& absent = shown.prepared.adoption.absent;
    const bool is_absent = std::find(absent.begin(), absent.end(), *refusal.because_of) != absent.end();
    return is_absent ? "apply makes that host, and then leaves this record alone: delete it at OVH first" : "";
  }
  if (refusal.backend_ids.size() > 1)
    return fmt::format("remove all but one of them, or rename them, with the cloud's own tools: {}",
                       fmt::join(refusal.backend_ids, ", "));
  for (const FieldChange& change : refusal.differs) {
    if (change.field == "targets")
      return "it leads elsewhere: correct it at OVH, or delete it if nobody needs it; then run this again";
    if (const std::string line = line_to_change(shown, refusal, change); !line.empty())
      return line + (refusal.differs.size() > 1 ? ", and so on" : "") +
             "\nif other hosts shall keep what the manifest says, move this one to a workshop manifest of its own";
  }
  return "put that right and run this again, or leave it out of the manifest";
}

std::string reason_of(const Refusal& refusal) {
  if (refusal.backend_ids.size() > 1 && !refusal.because_of)
    return counted(refusal.backend_ids.size(), noun_of(refusal.id.kind)) + " have this name";
  std::string text = refusal.reason;
  for (const FieldChange& change : refusal.differs) {
    text += fmt::format("{}{}: there {}, here {}", text.empty() ? "" : "; ", change.field, words_of(change.before),
                        words_of(change.after));
  }
  return text;
}

/// A first line that names a place stays whole.
std::string hint_text(const std::string& way, const Painter& paint, int width) {
  if (way.empty()) return {};
  const std::string start = "        " + paint(Colour::bold, "hint:") + " ";
  const std::size_t end = way.find('\n');
  if (end == std::string::npos) return start + wrap(way, static_cast<std::size_t>(width), 14) + "\n";
  return start + way.substr(0, end) + "\n              " +
         wrap(way.substr(end + 1), static_cast<std::size_t>(width), 14) + "\n";
}

/// What is refused only because of this one.
std::string followers_of(const AdoptionShown& shown, const Refusal& cause) {
  std::vector<std::string> names;
  for (const Refusal& refusal : shown.prepared.adoption.refused) {
    if (refusal.because_of == cause.id) names.push_back(noun_of(refusal.id.kind) + " " + short_name(refusal.id));
  }
  return names.empty() ? "" : fmt::format("        and so not: {}\n", fmt::join(names, ", "));
}

bool is_follower(const AdoptionShown& shown, const Refusal& refusal) {
  const auto& refused = shown.prepared.adoption.refused;
  return refusal.because_of && std::any_of(refused.begin(), refused.end(),
                                           [&](const Refusal& other) { return other.id == *refusal.because_of; });
}

std::string refused_text(const AdoptionShown& shown, const Painter& paint, int width) {
  std::string text;
  for (const Refusal& refusal : shown.prepared.adoption.refused) {
    if (is_follower(shown, refusal)) continue;
    const bool tells_id = refusal.backend_ids.size() == 1 && refusal.backend_ids.front() != refusal.id.name;
    text += "  " + paint(Colour::yellow, fmt::format("{} {}", noun_of(refusal.id.kind), short_name(refusal.id))) +
            (tells_id ? "  " + refusal.backend_ids.front() : std::string()) + "\n        " +
            wrap(reason_of(refusal), static_cast<std::size_t>(width), 8) + "\n" + followers_of(shown, refusal);
    text += hint_text(way_out(shown, refusal), paint, width);
  }
  return text.empty() ? "" : "\n" + paint(Colour::bold, "Not adopted") + "\n" + text;
}

std::string unknown_lines(const plan::Adoption& adoption, const Painter& paint, int width, Brevity& brevity) {
  std::map<std::string, std::vector<std::string>> reasons;
  for (const plan::Unknown& unknown : adoption.unknown) {
    reasons[unknown.reason].push_back(noun_of(unknown.id.kind) + " " + short_name(unknown.id));
  }
  std::string text;
  for (const auto& [reason, names] : reasons) {
    text += "  " + brevity.names(names, static_cast<std::size_t>(width - 4)) + "\n        " +
            wrap(reason, static_cast<std::size_t>(width), 8) + "\n";
  }
  return text.empty() ? "" : "\n" + paint(Colour::bold, "Unknown: these are left alone") + "\n" + text;
}

std::string unnamed_text(const AdoptionShown& shown, const Painter& paint, int width) {
  std::string text;
  for (const UnnamedHosts& group : shown.unnamed) {
    text +=
        "\n" + paint(Colour::bold, fmt::format("Called like hosts of {}, and not in its manifest", group.group)) + "\n";
    for (const UnnamedHost& host : group.hosts) {
      text += fmt::format("  {:<22}  {:<15}  {}\n", host.server, host.ipv4.empty() ? "no IPv4" : host.ipv4,
                          host.backend_id);
      if (!host.doubt.empty()) text += "        " + wrap(host.doubt, static_cast<std::size_t>(width), 8) + "\n";
    }
    if (group.line.empty()) continue;
    text +=
        fmt::format("  To name {} write at {}:\n", group.hosts.size() == 1 ? "it" : "them", group.where.to_string());
    text += "\n  " + group.line + "\n\n  and run muster adopt again.\n";
  }
  return text;
}

}  // namespace

std::string adoption_text(const AdoptionShown& shown, const Painter& paint, int width) {
  const plan::Adoption& adoption = shown.prepared.adoption;
  const plan::Plan& plan = shown.prepared.prepared.plan;
  Brevity brevity(shown.all);
  std::string text = heading(shown, paint) + steps_text(shown, paint) + promise_text(shown, width) +
                     later_text(plan, paint) + refused_text(shown, paint, width) +
                     unknown_lines(adoption, paint, width, brevity) +
                     problems_text(shown.prepared.prepared.preflight, paint) + unnamed_text(shown, paint, width);
  std::size_t hosts = 0;
  for (const ResourceId& id : adoption.ours) hosts += is_host_kind(id.kind) ? 1 : 0;
  if (hosts > 0) text += "\n" + counted(hosts, "host") + (hosts == 1 ? " is" : " are") + " muster's already.\n";
  std::vector<std::string> absent;
  for (const ResourceId& id : adoption.absent) {
    if (is_host_kind(id.kind)) absent.push_back(short_name(id));
  }
  if (!absent.empty()) {
    text += "\nNothing is there yet of " + brevity.names(absent, static_cast<std::size_t>(width - 40)) +
            ": apply makes " + (absent.size() == 1 ? "it" : "them") + ".\n";
  }
  if (brevity.left_out()) text += "\nshortened: --all shows every name\n";
  return text;
}

std::string adoption_records(const AdoptionShown& shown) {
  std::string text;
  const plan::Adoption& adoption = shown.prepared.adoption;
  for (const Refusal& refusal : adoption.refused) {
    Json json = record("refused");
    json["id"] = refusal.id.to_string();
    json["group"] = text_or_null(refusal.group);
    json["backend_ids"] = refusal.backend_ids;
    json["reason"] = text_or_null(refusal.reason);
    json["differs"] = Json::array();
    for (const FieldChange& change : refusal.differs) {
      json["differs"].push_back(
          {{"field", change.field}, {"there", json_of(change.before)}, {"here", json_of(change.after)}});
    }
    json["because_of"] = refusal.because_of ? Json(refusal.because_of->to_string()) : Json(nullptr);
    json["hint"] = text_or_null(on_one_line(way_out(shown, refusal)));
    json["origin"] = json_of(refusal.origin);
    text += line(json);
  }
  text += unknown_records(adoption.unknown);
  for (const UnnamedHosts& group : shown.unnamed) {
    for (const UnnamedHost& host : group.hosts) {
      Json json = record("unnamed_host");
      json["group"] = group.group;
      json["name"] = host.label;
      json["instance_name"] = host.server;
      json["instance_id"] = host.backend_id;
      json["ipv4"] = text_or_null(host.ipv4);
      json["doubt"] = text_or_null(host.doubt);
      json["line"] = text_or_null(group.line);
      json["where"] = json_of(group.where);
      text += line(json);
    }
  }
  Json json = record("adoption");
  json["ours"] = adoption.ours.size();
  json["absent"] = adoption.absent.size();
  json["refused"] = adoption.refused.size();
  json["unknown"] = adoption.unknown.size();
  return text + line(json);
}

}  // namespace muster::cli
