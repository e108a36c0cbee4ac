#include "reconciler/cli/view_explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/cli/text.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

constexpr std::size_t longest_value = 160;
constexpr std::size_t name_column = 17;
constexpr std::size_t most_links = 12;

/// Lays out "  label          text", continued below its first column.
class Sheet {
 public:
  Sheet(const Painter& paint, int width) : paint_(paint), width_(static_cast<std::size_t>(std::max(width, 40))) {}

  void title(const std::string& text) { text_ += "\n" + paint_(Colour::bold, text) + "\n"; }
  void row(const std::string& label, const std::string& text, Colour colour = Colour::plain) {
    const std::string head = fmt::format("  {:<{}}", label, name_column - 2);
    const bool fits = display_width(head) <= name_column;
    text_ += head + (fits ? "" : "\n" + std::string(name_column, ' ')) +
             paint_(colour, wrap(text, width_, name_column)) + "\n";
  }
  void more(const std::string& text, Colour colour = Colour::dim) {
    text_ += std::string(name_column, ' ') + paint_(colour, wrap(text, width_, name_column)) + "\n";
  }
  void line(const std::string& text) { text_ += text + "\n"; }
  void paragraph(const std::string& text, Colour colour = Colour::plain) {
    text_ += "  " + paint_(colour, wrap(text, width_, 2)) + "\n";
  }
  const Painter& paint() const { return paint_; }
  std::string take() { return std::move(text_); }

 private:
  const Painter& paint_;
  std::size_t width_;
  std::string text_;
};

std::string ago(Time then, Time now) { return minute_text(then) + ", " + duration_text(now - then) + " ago"; }

/// Empty unless it is what Type::content decodes to.
std::string content_text(const Value& value) {
  const bool is_content = value.is_map() && value.at("path").is_string() && value.at("size").is_int() &&
                          value.at("directory").is_bool() && value.at("sha256").is_string();
  if (!is_content) return {};
  return fmt::format("{}, {} bytes{}", value.string_at("path"), value.int_at("size"),
                     value.bool_at("directory") ? " when packed" : "");
}

/// A text of many lines or pages is told by its size; its digest is what is compared.
std::string shown_value(const Value& value, const std::string& digest, bool sensitive) {
  if (std::string content = content_text(value); !content.empty()) return content;
  const std::string text = value_text(value);
  const bool is_long = text.size() > longest_value || text.find('\n') != std::string::npos;
  if (sensitive && !is_long) return "[secret]" + (digest.empty() ? "" : ", digest " + digest);
  if (!is_long) return text.empty() ? "\"\"" : text;
  return fmt::format("{} bytes (secrets cut){}", text.size(), digest.empty() ? "" : ", digest " + digest);
}

std::string place_text(const FieldSource& source) {
  if (!source.place) return "";
  return source.place->to_string() + (source.of_fleet ? " (defaults of the Fleet)" : "");
}

/// Written ones a line each, then what is left to defaults.
void add_sources(const FieldExplained& field, Sheet& sheet) {
  std::string defaults;
  for (const FieldSource& source : field.sources) {
    if (source.place)
      sheet.more(fmt::format("{}  {}", place_text(source), source.path));
    else
      defaults += (defaults.empty() ? "" : ", ") + source.path;
  }
  if (!defaults.empty()) sheet.more("default of " + defaults);
  for (const Ref& ref : field.refs) sheet.more(fmt::format("{} of {}", ref.attribute, ref.id.to_string()));
}

std::string cause_words(plan::Cause cause) {
  switch (cause) {
    case plan::Cause::manifest:
      return "the manifest changed";
    case plan::Cause::drift:
      return "it was changed behind muster's back";
    case plan::Cause::both:
      return "the manifest changed, and so did the world";
    case plan::Cause::outcome:
      return "it is how the last attempt ended";
    case plan::Cause::unknown:
      break;
  }
  return "who changed it is not known: nothing tells what was last written";
}

void add_difference(const FieldExplained& field, Sheet& sheet) {
  const bool is_held = field.standing == FieldStanding::held;
  if (field.standing != FieldStanding::differs && !is_held) return;
  const std::string there =
      field.create_time ? (field.stamped.empty() ? "unset when it was made" : "made with digest " + field.stamped)
                        : "is " + shown_value(field.observed, "", field.sensitive);
  sheet.more(fmt::format("{}; {}{}", there, cause_words(field.cause), is_held ? "; held" : ""),
             is_held ? Colour::yellow : Colour::red);
}

void add_fields(const Explanation& explanation, Sheet& sheet) {
  const auto is_wanted = [](const FieldExplained& field) { return !field.wanted.is_null(); };
  if (std::any_of(explanation.fields.begin(), explanation.fields.end(), is_wanted)) {
    sheet.title("Wanted");
    for (const FieldExplained& field : explanation.fields) {
      if (!is_wanted(field)) continue;
      const std::string value = shown_value(field.wanted, field.digest, field.sensitive);
      sheet.row(field.name,
                value + (field.standing == FieldStanding::equal    ? "  (so it is)"
                         : field.standing == FieldStanding::unread ? "  (not compared: its secret could not be read)"
                                                                   : ""));
      add_sources(field, sheet);
      add_difference(field, sheet);
    }
  }
  const auto is_only_seen = [&](const FieldExplained& field) { return !is_wanted(field) && !field.observed.is_null(); };
  if (std::none_of(explanation.fields.begin(), explanation.fields.end(), is_only_seen)) return;
  sheet.title(explanation.is_wanted ? "Also seen" : "Seen");
  for (const FieldExplained& field : explanation.fields) {
    if (is_only_seen(field)) sheet.row(field.name, shown_value(field.observed, "", field.sensitive));
  }
}

std::string condition_text(const Observed& object, Time now) {
  std::string text(to_string(object.condition));
  if (object.since != Time{}) text += " since " + ago(object.since, now);
  return text + (object.evidence.empty() ? "" : "; " + object.evidence);
}

void add_stamp(const Stamp& stamp, Sheet& sheet) {
  sheet.row("stamp", fmt::format("fleet {}", stamp.fleet));
  sheet.more(fmt::format("incarnation {}, form {}", stamp.incarnation.to_string(), stamp.form), Colour::plain);
  sheet.more(fmt::format("revision {}{}", stamp.revision.time == 0 ? "not in Git" : stamp.revision.to_string(),
                         stamp.protect ? ", protected" : ", not protected"),
             Colour::plain);
  for (const auto& [field, digest] : stamp.digests) sheet.more(fmt::format("{} {}", digest, field), Colour::plain);
}

void add_object(const ObjectExplained& explained, Time now, Sheet& sheet) {
  const Observed& object = explained.object;
  if (!explained.why.empty())
    sheet.row(explained.is_keeper ? "keeper" : "twin", explained.why,
              explained.is_keeper ? Colour::plain : Colour::red);
  sheet.row("condition", condition_text(object, now),
            object.condition == Condition::failed ? Colour::red : Colour::plain);
  if (!object.backend_id.empty()) sheet.row("backend id", object.backend_id);
  if (object.created != Time{}) sheet.row("made", ago(object.created, now));
  if (object.stamp) add_stamp(*object.stamp, sheet);
  if (!object.stamp) sheet.row("stamp", "none: its kind carries none");
}

void add_objects(const Explanation& explanation, Time now, Sheet& sheet) {
  for (const ObjectExplained& object : explanation.objects) {
    sheet.title(explanation.objects.size() == 1 ? "There" : object.is_keeper ? "There: the keeper" : "There: a twin");
    add_object(object, now, sheet);
  }
  for (const Observed& object : explanation.foreign) {
    sheet.title(explanation.is_wanted ? "In the way, and not ours" : "There, and not ours");
    sheet.row("condition", condition_text(object, now));
    if (!object.backend_id.empty()) sheet.row("backend id", object.backend_id);
    if (object.stamp) sheet.row("stamp", "of fleet " + object.stamp->fleet);
    if (!object.attributes.is_map()) continue;
    for (const auto& [name, value] : object.attributes.as_map()) {
      if (!value.is_null()) sheet.row(name, shown_value(value, "", false));
    }
  }
  if (explanation.objects.empty() && explanation.foreign.empty()) {
    sheet.title("There");
    sheet.paragraph(explanation.unread.empty() ? "nothing" : "not known: " + explanation.unread);
  }
}

void add_links(const std::string& title, const std::vector<Link>& links, Sheet& sheet) {
  if (links.empty()) return;
  sheet.title(title);
  for (std::size_t i = 0; i < std::min(links.size(), most_links); ++i)
    sheet.paragraph(fmt::format("{}  ({})", links[i].id.to_string(), links[i].how));
  if (links.size() > most_links) sheet.paragraph(fmt::format("and {} more", links.size() - most_links));
}

void add_step(const LastStep& last, Time now, Sheet& sheet) {
  const state::StepRecord& step = last.step;
  sheet.row(
      std::string(to_string(step.verb)),
      fmt::format("{} after {}, {}", to_string(step.outcome), duration_text(step.duration), ago(step.started, now)),
      step.outcome == state::StepOutcome::succeeded ? Colour::plain : Colour::red);
  if (last.run)
    sheet.more(fmt::format("run {}: {} by {}, manifests {}", last.run->id, last.run->command, last.run->who,
                           last.run->revision.starts_with("0-") ? "not in Git" : last.run->revision));
  if (!step.message.empty()) sheet.more(step.message);
  for (const std::string& id : step.request_ids) sheet.more("request " + id);
}

void add_history(const Explanation& explanation, Time now, Sheet& sheet) {
  const bool is_known = !explanation.history.empty() || explanation.applied_at || !explanation.intents.empty() ||
                        !explanation.claims.empty();
  sheet.title("Last done");
  if (!is_known) sheet.paragraph("nothing that this database remembers");
  for (const state::Intent& intent : explanation.intents) {
    sheet.row("open",
              fmt::format("{} of incarnation {} began in run {}, {}; its end was not seen", to_string(intent.verb),
                          intent.incarnation.to_string(), intent.run, ago(intent.opened_at, now)),
              Colour::yellow);
  }
  for (const state::Claim& claim : explanation.claims)
    sheet.row("claim", fmt::format("{} at {}, {}", claim.backend_id, claim.connection, ago(claim.claimed_at, now)));
  for (const LastStep& last : explanation.history) add_step(last, now, sheet);
  if (explanation.history.empty() && explanation.applied_at)
    sheet.row("as it is", "since " + ago(*explanation.applied_at, now) + " at the latest");
}

void add_action(const Explanation& explanation, Sheet& sheet) {
  sheet.title("What apply would do");
  for (const std::string& line : verdict_lines(explanation)) sheet.paragraph(line);
  for (const ResourceId& id : explanation.after) sheet.paragraph("after " + id.to_string());
  for (const Diagnostic& problem : explanation.problems) {
    if (!problem.hint.empty()) sheet.paragraph("hint: " + problem.hint);
  }
}

}  // namespace

std::string explanation_text(const Explanation& explanation, Time now, const Painter& paint, int width) {
  Sheet sheet(paint, width);
  sheet.line(paint(Colour::bold, explanation.id.to_string()));
  if (explanation.origin)
    sheet.paragraph(explanation.group + ", " + explanation.origin->to_string());
  else
    sheet.paragraph("no manifest wants it");
  if (!explanation.connection.empty()) {
    const std::string age = explanation.read_at ? ", read " + duration_text(now - *explanation.read_at) + " ago" : "";
    sheet.paragraph(explanation.connection + (explanation.unread.empty() ? age : ", not read: " + explanation.unread));
  }
  add_action(explanation, sheet);
  add_fields(explanation, sheet);
  add_objects(explanation, now, sheet);
  add_links("Needs", explanation.needs, sheet);
  add_links("Needed by", explanation.needed_by, sheet);
  add_history(explanation, now, sheet);
  return sheet.take();
}

std::string explanations_overview(const std::vector<Explanation>& explanations, const Painter& paint, int width) {
  std::string text;
  for (const Explanation& explanation : explanations) {
    text += paint(Colour::bold, explanation.id.to_string()) + "\n";
    for (const std::string& line : verdict_lines(explanation))
      text += "    " + clip(line, static_cast<std::size_t>(std::max(width, 40)) - 4) + "\n";
  }
  return text;
}

}  // namespace muster::cli
