#include "tests/campaigns/planner_words.h"

namespace muster::campaign {
namespace {

std::string word_of(const plan::Step& step) {
  std::string word(to_string(step.verb));
  if (step.verb == Verb::flush) return word;
  if (step.half == plan::Half::create_new) word += " new";
  if (step.half == plan::Half::remove_old) word += " old";
  if (step.start == plan::Start::resume) word += " resume";
  if (step.start == plan::Start::wait) word += " wait";
  if (step.start == plan::Start::look_up) word += " look-up " + step.incarnation.to_string();
  if (step.object && step.half != plan::Half::create_new) word += " " + step.object->backend_id;
  return word;
}

}  // namespace

Words words_of(const plan::Plan& plan) {
  Words words;
  for (const plan::Step& step : plan.steps) words[step.id].insert(word_of(step));
  for (const plan::Held& held : plan.held) words[held.id].insert("held");
  for (const plan::Unknown& unknown : plan.unknown) words[unknown.id].insert("unknown");
  for (const auto& [id, problem] : plan.blocked) words[id].insert("problem");
  for (const plan::Scheduled& scheduled : plan.scheduled) words[scheduled.id].insert("scheduled");
  return words;
}

}  // namespace muster::campaign
