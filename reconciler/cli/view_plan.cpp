#include "reconciler/cli/view_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <tuple>

#include "reconciler/cli/brevity.h"
#include "reconciler/cli/hosts.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_differences.h"
#include "reconciler/cli/view_plan_file.h"
#include "reconciler/cli/view_problems.h"
#include "reconciler/cli/view_roll.h"
#include "reconciler/cli/view_selection.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

using plan::Plan;
using plan::Step;

bool counts(const Step& step) { return step.verb != Verb::flush && step.half != plan::Half::remove_old; }

/// The sign and the group's title say it already.
bool goes_without_saying(const std::string& reason) {
  return reason == "not there" || reason == "destroy" || reason == "no manifest wants it";
}

struct Sign {
  std::string_view mark;
  std::string_view word;
  Colour colour;
};

Sign sign_of(const Step& step) {
  if (step.start == plan::Start::wait) return {"*", "wait for", Colour::yellow};
  if (step.start == plan::Start::look_up) return {"?", "look up", Colour::yellow};
  if (step.start == plan::Start::resume) return {"*", "finish", Colour::yellow};
  switch (step.verb) {
    case Verb::create:
      return {"+", to_string(step.verb), Colour::green};
    case Verb::adopt:
      return {"=", to_string(step.verb), Colour::green};
    case Verb::update:
      return {"~", to_string(step.verb), Colour::yellow};
    case Verb::replace:
      return {"!", to_string(step.verb), Colour::red};
    case Verb::remove:
      return {"-", to_string(step.verb), Colour::red};
    case Verb::flush:
      break;
  }
  return {">", to_string(step.verb), Colour::plain};
}

/// Steps that read the same to a person: shown as one line.
struct StepRow {
  Sign sign{};
  std::string kind;
  std::string reason;
  std::vector<const Step*> steps;
};

/// In the order of the plan, which is the order of the work.
std::map<std::string, std::vector<StepRow>> rows_by_group(const Plan& plan) {
  std::map<std::string, std::vector<StepRow>> groups;
  for (const Step& step : plan.steps) {
    if (!counts(step)) continue;
    const Sign sign = sign_of(step);
    const std::string reason = goes_without_saying(step.reason) ? "" : step.reason;
    std::vector<StepRow>& rows = groups[step.group];
    auto row = std::find_if(rows.begin(), rows.end(), [&](const StepRow& r) {
      return r.sign.word == sign.word && r.kind == step.id.kind && r.reason == reason;
    });
    if (row == rows.end()) row = rows.insert(rows.end(), StepRow{sign, step.id.kind, reason, {}});
    row->steps.push_back(&step);
  }
  return groups;
}

/// How long a look-up of these steps may take, by the one that takes longest.
std::string until_text(const StepRow& row) {
  Time latest{};
  for (const Step* step : row.steps) {
    if (step->start == plan::Start::look_up) latest = std::max(latest, step->quiet_until);
  }
  return latest == Time{} ? "" : ", until " + clock_text(latest);
}

std::string row_text(const StepRow& row, const FieldPlaces* places, const Painter& paint, int width, Brevity& brevity) {
  std::vector<std::string> names;
  Differences differences(row.steps.size() > 1 && !brevity.all(), places);
  for (const Step* step : row.steps) {
    names.push_back(short_name(step->id));
    differences.add(step->id, step->changes, step->origin);
  }
  const std::string what = counted(row.steps.size(), noun_of(row.kind));
  const std::string head = fmt::format("{} {:<8} {:<18} ", row.sign.mark, row.sign.word, what);
  const auto room = static_cast<std::size_t>(std::max(width - 4 - static_cast<int>(head.size()), 20));
  std::string text = "  " + paint(row.sign.colour, head) + brevity.names(names, room) + "\n";
  // A difference says more than "differs" does.
  const std::string details = differences.text(paint, width, brevity);
  if (details.empty() && !row.reason.empty())
    text += "        " + paint(Colour::dim, row.reason + until_text(row)) + "\n";
  return text + details;
}

std::string held_text(const Plan& plan, const FieldPlaces* places, const Painter& paint, int width, Brevity& brevity) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const plan::Held*>> rows;
  for (const plan::Held& held : plan.held) rows[{held.group, held.reason, held.id.kind}].push_back(&held);
  std::string text;
  for (const auto& [key, items] : rows) {
    const auto& [group, reason, kind] = key;
    std::vector<std::string> names;
    Differences differences(items.size() > 1 && !brevity.all(), places);
    for (const plan::Held* held : items) {
      names.push_back(short_name(held->id));
      differences.add(held->id, held->changes, held->origin);
    }
    text += "  " + paint(Colour::yellow, counted(items.size(), noun_of(kind))) + " of " + group_title(group) + ": " +
            brevity.names(names, static_cast<std::size_t>(std::max(width - 40, 30))) + "\n        " + reason + "\n" +
            differences.text(paint, width, brevity);
  }
  return text.empty() ? "" : "\nHeld: these differ, and stay as they are\n" + text;
}

std::vector<Diagnostic> all_problems(const apply::Prepared& prepared) {
  std::vector<Diagnostic> problems = prepared.plan.problems;
  problems.insert(problems.end(), prepared.preflight.begin(), prepared.preflight.end());
  sort_diagnostics(problems);
  return problems;
}

std::string guard_text(const plan::GuardVerdict& guard, const Painter& paint) {
  if (guard.trips.empty() && !guard.no_manifests) return "";
  if (guard.allowed)
    return fmt::format("\nThe guard would refuse this plan; --allow {} lets it through.\n", guard.dangerous);
  std::string text = "\n" + paint(Colour::red, "The guard refuses this plan") + "\n";
  if (guard.no_manifests) text += "  there is no manifest left, but objects of this fleet exist\n";
  for (const plan::GuardTrip& trip : guard.trips) {
    text += fmt::format("  {} of {} would be removed, replaced or made again (limit {})\n", trip.changes,
                        counted(static_cast<std::size_t>(trip.existing), noun_of(trip.kind)), trip.limit);
  }
  if (guard.asked >= 0) text += fmt::format("  --allow {} was said, and it is {} now\n", guard.asked, guard.dangerous);
  const std::string hint = "  " + paint(Colour::bold, "hint:") + " ";
  // Nothing can be removed through connections that no manifest describes any more.
  if (guard.dangerous == 0)
    return text + hint +
           "put the manifests back, those of the connections at least; then muster destroy removes "
           "everything\n";
  return text + hint +
         fmt::format("if exactly this is what you want, add --allow {}; to remove everything: muster destroy\n",
                     guard.dangerous);
}

std::string forecast_text(const std::map<std::string, int>& forecast) {
  int total = 0;
  std::string parts;
  for (const auto& [connection, number] : forecast) {
    total += number;
    // What needs no connection goes to the hosts themselves.
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", connection.empty() ? "hosts" : connection, number);
  }
  return total == 0 ? "" : fmt::format("calls apply will make, polling aside: {} ({})\n", total, parts);
}

std::string age_text(const PlanShown& shown) {
  if (!shown.cached_at) return "";
  return "the world as it was " + duration_text(shown.now - *shown.cached_at) + " ago (--max-age 0 reads it anew)\n";
}

/// One line for each manifest and time: "Workshop/my-event: 12 resources appear at 2025-06-30 06:00 UTC (in 3 d)".
std::string scheduled_text(const PlanShown& shown) {
  std::map<std::tuple<std::string, plan::Season, Time>, std::size_t> numbers;
  const plan::Plan& plan = shown.prepared.plan;
  std::set<std::string> busy;
  for (const Step& step : plan.steps) busy.insert(step.group);
  for (const plan::Held& held : plan.held) busy.insert(held.group);
  for (const plan::Unknown& unknown : plan.unknown) busy.insert(unknown.group);
  for (const plan::Scheduled& one : shown.prepared.plan.scheduled) {
    // Checks leave nothing that could be removed: of those the steps beside them tell.
    if (one.season == plan::Season::over && busy.contains(one.group)) continue;
    ++numbers[{one.group, one.season, one.when}];
  }
  const Time now = shown.at.value_or(shown.now);
  std::string text;
  for (const auto& [key, number] : numbers) {
    const auto& [group, season, when] = key;
    text += fmt::format("{}{}: ", text.empty() ? "\n" : "", group);
    if (season == plan::Season::early) {
      text += fmt::format("{} {} at {} (in {})\n", counted(number, "resource"), number == 1 ? "appears" : "appear",
                          minute_text(when), duration_text(when - now));
    } else {
      text += fmt::format("over and gone since {}\n", minute_text(when));
    }
  }
  return text;
}

/// Power is not muster's to decide, but who looks has to know: "does not run: my-event/abcde (SHUTOFF)".
std::string stopped_text(const PlanShown& shown) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> stopped;
  const auto& objects = shown.prepared.snapshot.objects;
  for (const Resource& resource : shown.prepared.resources) {
    if (!is_host_kind(resource.id.kind)) continue;
    const auto [first, last] = objects.equal_range(resource.id);
    for (auto object = first; object != last; ++object) {
      const std::string word = stopped_word(object->second);
      if (!word.empty() && object->second.ownership == Ownership::ours)
        stopped.push_back(fmt::format("{} ({})", resource.id.name, word));
    }
  }
  if (stopped.empty()) return {};
  const std::size_t named = shown.verbose ? stopped.size() : std::min(stopped.size(), most_named);
  const std::string more = named < stopped.size() ? fmt::format(" and {} more", stopped.size() - named) : "";
  return fmt::format("\n{} not run: {}{}\n", stopped.size() == 1 ? "does" : "do",
                     fmt::join(stopped.begin(), stopped.begin() + static_cast<std::ptrdiff_t>(named), ", "), more);
}

/// "30 resources are as they should be, 1 is held".
std::string standing_text(const Plan& plan) {
  std::string well = plan.unchanged == 1 ? "1 resource is as it should be"
                                         : counted(plan.unchanged, "resource") + " are as they should be";
  if (plan.held.empty()) return well;
  return fmt::format("{}, {} held", well, plan.held.size() == 1 ? "1 is" : fmt::format("{} are", plan.held.size()));
}

/// Nothing to do and nothing to flush: because all is well, or because nothing can be said or done.
std::string no_changes(const PlanShown& shown, const Painter& paint) {
  const Plan& plan = shown.prepared.plan;
  const std::string fleet = fmt::format("Fleet '{}': ", shown.fleet);
  const std::string part = shown.prepared.selected ? " in what is selected" : "";
  if (const std::size_t problems = all_problems(shown.prepared).size(); problems > 0) {
    const std::string standing = plan.unchanged == 0 && plan.held.empty() ? "" : "; " + standing_text(plan);
    return paint(Colour::yellow, fmt::format("{}no changes{}, but {}", fleet, part, counted(problems, "problem"))) +
           standing;
  }
  if (plan.knows_nothing()) return paint(Colour::yellow, fleet + "nothing can be said, it could not be read");
  if (!plan.unknown.empty()) return fleet + "no changes, as far as can be known";
  return paint(Colour::green, fmt::format("{}no changes{}", fleet, part)) + "; " + standing_text(plan);
}

std::string heading(const PlanShown& shown, const Painter& paint) {
  const Plan& plan = shown.prepared.plan;
  if (change_count(plan) > 0) {
    return paint(Colour::bold, fmt::format("Plan for fleet '{}': {}", shown.fleet, changes_text(plan))) + "\n";
  }
  if (shown.prepared.match && plan.steps.empty())
    return fmt::format("Fleet '{}': the plan file has no steps\n", shown.fleet);
  if (!plan.steps.empty())
    return fmt::format("Fleet '{}': nothing to change, but zones wait for their flush\n", shown.fleet);
  return no_changes(shown, paint) + "\n";
}

/// All that the plan says of what is to come.
std::string body_text(const PlanShown& shown, const Painter& paint, int width, Brevity& brevity) {
  const Plan& plan = shown.prepared.plan;
  std::string text = shown.at ? "As if it were " + minute_text(*shown.at) + "\n" : "";
  text += heading(shown, paint);
  for (const auto& [group, rows] : rows_by_group(plan)) {
    text += "\n" + paint(Colour::bold, group_title(group)) + "\n";
    for (const StepRow& row : rows) text += row_text(row, shown.places, paint, width, brevity);
    for (const plan::RollPlan& roll : plan.rolls) {
      if (roll.group == group) text += roll_text(roll, paint, width, brevity);
    }
  }
  std::set<std::string> zones;
  for (const Step& step : plan.steps) {
    if (step.verb == Verb::flush) zones.insert(step.id.name);
  }
  if (!zones.empty())
    text += "\n  > flush    " + brevity.names({zones.begin(), zones.end()}, static_cast<std::size_t>(width)) + "\n";
  text += scheduled_text(shown);
  text += stopped_text(shown);
  text += held_text(plan, shown.places, paint, width, brevity);
  text += unknown_text(plan.unknown, paint, width, brevity);
  text += problems_text(all_problems(shown.prepared), paint) + guard_text(plan.guard, paint);
  if (shown.at_work) {
    text += "\n" + paint(Colour::yellow, "another run is at work:") + " " + shown.at_work->to_string() +
            "\n  what it does may show here as something to do; plan again when it has ended\n";
  }
  if (shown.prepared.match) text += pending_text(*shown.prepared.match, width, brevity);
  if (shown.prepared.selected) text += selection_text(*shown.prepared.selected, paint, width, brevity);
  return text;
}

}  // namespace

std::size_t change_count(const Plan& plan) {
  return static_cast<std::size_t>(std::count_if(plan.steps.begin(), plan.steps.end(), counts));
}

std::string changes_text(const Plan& plan) {
  std::vector<std::pair<std::string, std::size_t>> numbers;
  for (const Step& step : plan.steps) {
    if (!counts(step)) continue;
    const std::string word(sign_of(step).word);
    auto found = std::find_if(numbers.begin(), numbers.end(), [&](const auto& entry) { return entry.first == word; });
    if (found == numbers.end()) found = numbers.insert(numbers.end(), {word, 0});
    ++found->second;
  }
  std::string text;
  for (const auto& [word, number] : numbers) text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", number, word);
  return text;
}

std::string group_title(const std::string& group) { return group.empty() ? "no longer in the manifests" : group; }

std::string calls_text(const std::map<std::string, std::uint64_t>& calls, bool by_operation) {
  std::map<std::string, std::uint64_t> parts;
  std::uint64_t total = 0;
  for (const auto& [what, number] : calls) {
    parts[by_operation ? what : what.substr(0, what.find(' '))] += number;
    total += number;
  }
  std::string text;
  for (const auto& [what, number] : parts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, number);
  return text.empty() ? "0" : fmt::format("{} ({})", total, text);
}

std::string plan_text(const PlanShown& shown, const Painter& paint, int width) {
  Brevity brevity(shown.verbose);
  const std::string body = body_text(shown, paint, width, brevity);
  return body + "\n" + (brevity.left_out() ? "shortened: --all shows every name and every difference\n" : "") +
         forecast_text(shown.prepared.plan.forecast) + "calls made: " + calls_text(shown.calls, shown.verbose) + "\n" +
         age_text(shown);
}

}  // namespace muster::cli
