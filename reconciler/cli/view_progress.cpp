#include "reconciler/cli/view_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_plan.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

using apply::StepState;

const std::string earlier_create = "an earlier create got no clear answer";
const std::string may_appear = "; it may still appear until ";

/// Nothing for states that say no more than that it has not begun.
std::string_view doing(StepState state) {
  switch (state) {
    case StepState::running:
      return "working on";
    case StepState::waiting:
      return "waiting for";
    case StepState::looking_up:
      return "looking up";
    case StepState::retrying:
      return "retrying";
    case StepState::written:
      return "to be flushed:";
    default:
      return "";
  }
}

/// Lines without a terminal: ends, and what a person would ask about. The rest is for -v.
bool is_news(StepState state) {
  return apply::is_end(state) || state == StepState::looking_up || state == StepState::retrying;
}

Colour colour_of(StepState state) {
  switch (state) {
    case StepState::done:
      return Colour::green;
    case StepState::failed:
      return Colour::red;
    case StepState::retrying:
    case StepState::looking_up:
    case StepState::skipped:
      return Colour::yellow;
    default:
      return Colour::plain;
  }
}

std::string bar(std::size_t done, std::size_t total, std::size_t width) {
  const std::size_t filled = total == 0 ? width : done * width / total;
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

std::string what_ctrl_c_does(const std::stop_token& stop) {
  return stop.stop_requested() ? "stopping after the running calls; Ctrl+C again ends at once, nothing is lost"
                               : "Ctrl+C stops after the running calls";
}

std::string spoken(StepState state) {
  std::string text(to_string(state));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

}  // namespace

void ProgressNotes::progress(const ResourceId& id, std::string_view text) {
  const std::lock_guard lock(mutex_);
  notes_[id] = text;
  if (listener_ && id == ResourceId{}) listener_(text);
}

void ProgressNotes::listen(std::function<void(std::string_view)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::string ProgressNotes::of(const ResourceId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = notes_.find(id);
  return found == notes_.end() ? "" : found->second;
}

ProgressView::ProgressView(Console& console, Clock& clock, const ProgressNotes& notes, QuietWindow quiet_window,
                           std::stop_token stop, ProgressStyle style, bool verbose)
    : console_(console),
      clock_(clock),
      notes_(notes),
      quiet_window_(std::move(quiet_window)),
      stop_(std::move(stop)),
      style_(style),
      verbose_(verbose),
      began_(clock.steady_now()) {}

ProgressView::~ProgressView() {
  if (style_ == ProgressStyle::live) console_.clear();
}

std::chrono::milliseconds ProgressView::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - began_);
}

void ProgressView::step_changed(const plan::Plan& plan, std::size_t step, StepState state, const std::string& text) {
  const plan::Step& planned = plan.steps[step];
  std::string words = text;
  if (state == StepState::looking_up) words = begin_look_up(planned, step, text);
  if (state == StepState::left) words = left_because_[step] = why_left(step, text);
  if (state != StepState::looking_up && state != StepState::left) may_appear_until_.erase(step);
  said_[step] = text;
  if (style_ == ProgressStyle::records) {
    write_record(planned, step, state, words);
  } else if (style_ == ProgressStyle::lines ? verbose_ || is_news(state) : state == StepState::failed) {
    write_line(planned, state, words);
  }
}

/// A step that begins with looking up continues the wait of an earlier run; any other waits from now.
std::string ProgressView::begin_look_up(const plan::Step& planned, std::size_t step, const std::string& text) {
  const bool continues = planned.start == plan::Start::look_up && !said_.contains(step);
  const Time until = continues ? planned.quiet_until : clock_.now() + quiet_window_(planned.id.kind);
  may_appear_until_[step] = until;
  return (continues ? earlier_create : text) + may_appear + clock_text(until);
}

/// What was said last tells more than that it is left.
std::string ProgressView::why_left(std::size_t step, const std::string& text) const {
  const auto until = may_appear_until_.find(step);
  if (until != may_appear_until_.end()) return earlier_create + may_appear + clock_text(until->second);
  const auto last = said_.find(step);
  return last == said_.end() || last->second.empty() ? text : last->second;
}

void ProgressView::write_line(const plan::Step& step, StepState state, const std::string& text) {
  const Painter paint = console_.err_paint();
  const std::string word = fmt::format("{:<11}", spoken(state));
  std::string line = fmt::format("[{:>9}] {} {:<8} {}", duration_text(elapsed()), paint(colour_of(state), word),
                                 to_string(step.verb), step.id.to_string());
  // The report says a failure in full, with its frames and hint.
  if (!text.empty() && state != StepState::done) line += ": " + text.substr(0, text.find('\n'));
  console_.err(line + "\n");
}

void ProgressView::write_record(const plan::Step& step, std::size_t index, StepState state, const std::string& text) {
  Json json = record("event");
  json["at"] = iso_text(clock_.now());
  json["id"] = step.id.to_string();
  json["verb"] = to_string(step.verb);
  json["state"] = to_string(state);
  json["text"] = text_or_null(text);
  const auto until = may_appear_until_.find(index);
  json["may_appear_until"] = until == may_appear_until_.end() ? Json(nullptr) : Json(iso_text(until->second));
  console_.out(line(json));
}

void ProgressView::tick(const plan::Plan& plan, const std::vector<StepState>& states) {
  if (style_ != ProgressStyle::live) return;
  std::map<std::string, std::vector<std::size_t>> groups;
  std::vector<std::string> flushing;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    if (step.verb != Verb::flush)
      groups[step.group].push_back(i);
    else if (!doing(states[i]).empty())
      flushing.push_back("flushing " + step.id.name + note_on(plan, i));
  }
  std::size_t title_width = 0;
  for (const auto& [group, steps] : groups) title_width = std::max(title_width, group_title(group).size());
  std::vector<std::string> lines;
  for (const auto& [group, steps] : groups) lines.push_back(group_line(plan, states, group, steps, title_width));
  lines.insert(lines.end(), flushing.begin(), flushing.end());
  for (std::string& line : look_up_lines(plan)) lines.push_back(std::move(line));
  lines.push_back(console_.err_paint()(Colour::dim, duration_text(elapsed()) + "; " + what_ctrl_c_does(stop_)));
  console_.draw(lines);
}

std::vector<std::string> ProgressView::look_up_lines(const plan::Plan& plan) const {
  std::map<std::string, std::vector<std::size_t>> kinds;
  for (const auto& [step, until] : may_appear_until_) kinds[plan.steps[step].id.kind].push_back(step);
  std::vector<std::string> lines;
  for (const auto& [kind, steps] : kinds) {
    Time latest{};
    for (const std::size_t step : steps) latest = std::max(latest, may_appear_until_.at(step));
    const std::string what = steps.size() == 1 ? noun_of(kind) + " " + short_name(plan.steps[steps.front()].id)
                                               : counted(steps.size(), noun_of(kind));
    lines.push_back(console_.err_paint()(
        Colour::yellow,
        fmt::format("{}: no clear answer to create; may still appear until {}", what, clock_text(latest))));
  }
  return lines;
}

std::string ProgressView::group_line(const plan::Plan& plan, const std::vector<StepState>& states,
                                     const std::string& group, const std::vector<std::size_t>& steps,
                                     std::size_t title_width) const {
  std::size_t done = 0;
  std::size_t bad = 0;
  for (const std::size_t step : steps) {
    if (states[step] == StepState::done) ++done;
    if (states[step] == StepState::failed || states[step] == StepState::skipped) ++bad;
  }
  const Painter paint = console_.err_paint();
  const auto width = static_cast<int>(std::min<std::size_t>(title_width, 30));
  std::string line = fmt::format("{:<{}} {} {:>4}/{:<4}", clip(group_title(group), 30), width,
                                 bar(done, steps.size(), 16), done, steps.size());
  if (bad > 0) line += paint(Colour::red, fmt::format(" {} failed or skipped", bad));
  if (done == steps.size()) return line + paint(Colour::green, " done");
  const std::string waits = waits_for(plan, states, steps);
  return waits.empty() ? line : line + " " + waits;
}

std::string ProgressView::note_on(const plan::Plan& plan, std::size_t step) const {
  if (may_appear_until_.contains(step)) return "";  // a line of its own says it
  std::string why = notes_.of(plan.steps[step].id);
  if (const auto said = said_.find(step); why.empty() && said != said_.end()) why = said->second;
  return why.empty() ? "" : " (" + clip(why.substr(0, why.find('\n')), 40) + ")";
}

std::string ProgressView::waits_for(const plan::Plan& plan, const std::vector<StepState>& states,
                                    const std::vector<std::size_t>& steps) const {
  // What is furthest behind comes first: it is what the group waits for.
  std::map<std::pair<StepState, std::string>, std::vector<std::size_t>> active;
  for (const std::size_t step : steps) {
    if (!doing(states[step]).empty()) active[{states[step], plan.steps[step].id.kind}].push_back(step);
  }
  std::string text;
  for (const auto& [key, members] : active) {
    const ResourceId& first = plan.steps[members.front()].id;
    const std::string what = members.size() == 1 ? noun_of(key.second) + " " + short_name(first)
                                                 : counted(members.size(), noun_of(key.second));
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", doing(key.first), what, note_on(plan, members.front()));
  }
  return text;
}

}  // namespace muster::cli
