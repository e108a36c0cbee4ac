#include "resources/ipd/deployment_subject.h"

#include <fmt/format.h>

#include <utility>

#include "resources/ipd/health.h"
#include "resources/ipd/release.h"

namespace muster::ipd_driver {
namespace {

using std::chrono::seconds;

/// By the clock of this machine: since when `deployment` was seen to run without an answer.
std::optional<seconds> silent_since(const Subject& subject, const std::string& deployment) {
  if (subject.known == nullptr || subject.known->attributes.string_at("deployment_id") != deployment)
    return std::nullopt;
  const Value& since = subject.known->attributes.at("silent_since");
  return since.is_int() ? std::optional(seconds(since.as_int())) : std::nullopt;
}

bool has_answered(const Subject& subject, const std::string& deployment) {
  return subject.known != nullptr && subject.known->attributes.string_at("healthy_id") == deployment;
}

}  // namespace

std::string Subject::awaited(ObserveRequest::Reach reach) const {
  const bool waits =
      reach == ObserveRequest::Reach::listed && known != nullptr && known->condition == Condition::progressing;
  return waits ? known->attributes.string_at("deployment_id") : std::string();
}

bool Subject::is_looked_up(ObserveRequest::Reach reach) const {
  return reach == ObserveRequest::Reach::listed && wanted != nullptr && known == nullptr;
}

bool Subject::is_waited_for(ObserveRequest::Reach reach) const {
  return !awaited(reach).empty() || is_looked_up(reach);
}

const Value& Subject::health() const {
  static const Value none;
  if (wanted != nullptr) return wanted->wanted.at("health");
  return known != nullptr ? known->attributes.at("health") : none;
}

std::string project_of(const ResourceId& id) { return id.name.substr(id.name.find('/') + 1); }

Observed unread(const Subject& subject, const std::string& project) {
  Observed object;
  object.id = subject.id;
  object.backend_id = project;
  object.ownership = Ownership::foreign;
  object.attributes = Map{{"project", project}};
  if (const Value& check = subject.health(); check.is_map()) set(object, "health", check);
  return object;
}

void set(Observed& object, const char* name, Value value) {
  object.attributes.as_map().insert_or_assign(name, std::move(value));
}

void set_content(Observed& object, const Deployed& content) {
  set(object, "image_sha256", content.image_sha256);
  set(object, "package_sha256", content.package_sha256);
  if (!content.version.empty()) set(object, "version", content.version);
}

void forget_content(Observed& object) {
  for (const char* field : {"image_sha256", "package_sha256", "version"}) object.attributes.as_map().erase(field);
}

void set_counters(Observed& object, const Project& project) {
  set(object, "start", project.start);
  set(object, "start_count", project.start_count);
}

Observed with_health(Observed object, const Subject& subject, const std::string& id, ObserveRequest::Reach reach,
                     Context& context) {
  const Value& check = subject.health();
  object.condition = Condition::ready;
  // The page that has to answer may come with what is wanted.
  const bool is_other =
      subject.wanted != nullptr && release_of(object.attributes) != release_of(subject.wanted->wanted);
  if (is_other) return object;
  if (check.is_map() && !has_answered(subject, id)) {
    const Health health = look_at_health(check, context);
    const auto limit = seconds(check.int_at("timeout", 60));
    const seconds now = std::chrono::duration_cast<seconds>(context.clock.now().time_since_epoch());
    const seconds since = silent_since(subject, id).value_or(now);
    if (!health.passed) {
      set(object, "silent_since", since.count());
      if (now - since < limit) {
        object.condition = Condition::progressing;
        object.evidence = "deployed, but " + health.words;
        return object;
      }
      set(object, "status", "unhealthy");
      object.evidence = fmt::format("deployed, but after {} s {}", limit.count(), health.words);
      if (subject.is_waited_for(reach)) object.condition = Condition::failed;
      return object;
    }
  }
  if (check.is_map()) set(object, "healthy_id", id);
  object.attributes.as_map().erase("silent_since");
  return object;
}

}  // namespace muster::ipd_driver
