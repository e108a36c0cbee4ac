#include "tests/campaigns/watcher.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <utility>

namespace muster::test {

std::string Spot::to_string() const {
  return fmt::format("{}, {} {}, number {}", muster::to_string(milestone), verb, id.to_string(), occurrence);
}

std::string service_of(const ResourceId& id) {
  if (id.kind.starts_with("ipd.")) return "ipd";
  return id.kind.starts_with("ovh.") ? "ovh" : "nova";
}

Watcher::Watcher() {
  for (const char* service : {"nova", "ovh", "ipd"}) sent_[service];
}

void Watcher::reached(Milestone milestone, std::string_view verb, const ResourceId& id) {
  const std::lock_guard lock(mutex_);
  if (!verb.empty()) verb_of_[id] = verb;
  Spot spot{milestone, verb_of_[id], id, 0};
  spot.occurrence = ++occurrences_[spot];
  spots_.push_back(spot);
  if (milestone == Milestone::after_send && fatal_) ++*sent_.at(service_of(id));
  if (spot == fatal_) ::kill(::getpid(), SIGKILL);
}

void Watcher::follow(std::optional<Spot> fatal) {
  const std::lock_guard lock(mutex_);
  fatal_ = std::move(fatal);
  if (fatal_)
    for (auto& [service, count] : sent_) *count = 0;
  spots_.clear();
  occurrences_.clear();
  verb_of_.clear();
}

std::vector<Spot> Watcher::spots() const {
  const std::lock_guard lock(mutex_);
  return spots_;
}

}  // namespace muster::test
