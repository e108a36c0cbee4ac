#include "reconciler/apply/examine.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "resources/contract/error.h"

namespace muster::apply {
namespace {

constexpr std::size_t most_examiners = 8;

plan::Examined ask(const plan::Candidate& candidate, const Registry& registry, Sessions& sessions, Context& context) {
  plan::Examined examined;
  try {
    Session& session = sessions.get(candidate.object.connection);
    const Driver& driver = *registry.driver(candidate.resource.id.kind);
    examined.takeover = driver.examine(session, candidate.resource, candidate.object, context);
    examined.takeover.obstacle = context.redactor.redact(examined.takeover.obstacle);
  } catch (const Error& error) {
    examined.failure =
        context.redactor.redact(error.hint().empty() ? error.message() : error.message() + " (" + error.hint() + ")");
  } catch (const std::exception& exception) {
    examined.failure = std::string("a fault in muster itself: ") + exception.what();
  }
  return examined;
}

}  // namespace

plan::Examinations examine(const std::vector<plan::Candidate>& candidates, const Registry& registry, Sessions& sessions,
                           Context& context) {
  std::vector<plan::Examined> answers(candidates.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t at = next++; at < candidates.size() && !context.stop.stop_requested(); at = next++) {
      answers[at] = ask(candidates[at], registry, sessions, context);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < std::min(most_examiners, candidates.size()); ++i) threads.emplace_back(work);
  }
  if (context.stop.stop_requested()) throw Error(Fault::interrupted, "interrupted while reading");
  plan::Examinations examinations;
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    examinations.emplace(candidates[at].resource.id, std::move(answers[at]));
  }
  return examinations;
}

}  // namespace muster::apply
