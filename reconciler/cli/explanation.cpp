#include "reconciler/cli/explanation.h"

#include <fmt/format.h>

#include "reconciler/cli/text.h"
#include "resources/contract/driver.h"

namespace muster::cli {
namespace {

std::string fields_of(const std::vector<plan::Change>& changes) {
  std::string text;
  for (const plan::Change& change : changes) text += (text.empty() ? "" : ", ") + change.field;
  return text;
}

std::string step_text(const plan::Step& step) {
  const std::string fields = fields_of(step.changes);
  const std::string why = !fields.empty() ? fields + (step.changes.size() == 1 ? " differs" : " differ") : step.reason;
  const std::string because = why.empty() ? "" : ": " + why;
  if (step.start == plan::Start::wait) return "apply waits for it" + because;
  if (step.start == plan::Start::look_up)
    return fmt::format("apply looks it up until {}{}", clock_text(step.quiet_until), because);
  if (step.start == plan::Start::resume && step.verb != Verb::flush) return "apply finishes it" + because;
  const bool is_one_of_several = step.verb == Verb::remove && step.object && !step.group.empty();
  const std::string what =
      is_one_of_several ? "deletes " + step.object->backend_id : std::string(to_string(step.verb)) + "s it";
  return "apply " + what + because;
}

}  // namespace

std::vector<std::string> verdict_lines(const Explanation& explanation) {
  std::vector<std::string> lines;
  for (const plan::Step& step : explanation.steps) {
    if (step.half != plan::Half::remove_old) lines.push_back(step_text(step));
  }
  for (const plan::Held& held : explanation.held) {
    const std::string fields = fields_of(held.changes);
    lines.push_back("held, and left as it is: " + (fields.empty() ? "" : fields + "; ") + held.reason);
  }
  for (const plan::Unknown& unknown : explanation.unknown)
    lines.push_back("unknown, so nothing is done: " + unknown.reason);
  for (const Diagnostic& problem : explanation.problems) lines.push_back("a problem: " + problem.message);
  if (!lines.empty()) return lines;
  if (explanation.is_wanted) return {"as it should be"};
  if (!explanation.objects.empty()) return {"no manifest wants it; it stays for now"};
  if (!explanation.foreign.empty()) return {"not ours: muster never touches it"};
  return {"neither wanted nor there"};
}

}  // namespace muster::cli
