#include "resources/ipd/observe_original.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "resources/contract/parallel.h"
#include "resources/ipd/words.h"

namespace muster::ipd_driver {
namespace {

/// The state in /info of a project whose last script ended well; below it one is at work.
constexpr int success = 4;

bool is_open(const std::string& word) { return word == "await" || word == "active"; }

/// ok, or how it failed; else another one came after it, or the server has forgotten it.
bool is_own_end(const std::string& word) { return word != "changed" && word != "no"; }

Observed still_open(Observed object, const std::string& word) {
  set(object, "status", word);
  object.condition = Condition::progressing;
  object.evidence = word == "await" ? "waits in the server's queue" : "is being deployed";
  return object;
}

class Reader {
 public:
  Reader(Client& client, ObserveRequest::Reach reach, Context& context)
      : client_(client), reach_(reach), context_(context) {}

  /// Nothing: neither the server nor muster knows it.
  std::optional<Observed> seen(const Subject& subject) const {
    const std::string name = project_of(subject.id);
    // Also what an earlier run has sent: nobody else tells that it was that.
    if (const std::string id = subject.awaited(ObserveRequest::Reach::listed); !id.empty())
      return awaited(subject, name, id);
    if (const auto project = client_.project(name, context_)) return remembered(subject, name, *project);
    if (subject.known != nullptr) return untold(*subject.known);
    return std::nullopt;
  }

 private:
  /// An original tells the last end of the project for any id. It is ours when that is the only one that was begun
  /// since it was sent: the counters of that time are what is known.
  Observed awaited(const Subject& subject, const std::string& name, const std::string& id) const {
    Observed object = *subject.known;
    object.ownership = Ownership::claimable;
    object.condition = Condition::ready;
    object.evidence.clear();
    const std::string word = client_.status(name, id, context_);
    if (is_open(word)) return still_open(std::move(object), word);
    const auto project = client_.project(name, context_);
    // That it had ended well was seen before.
    const bool is_known_end = !project && subject.known->attributes.string_at("status") == "ok";
    if (is_known_end) return with_health(std::move(object), subject, id, reach_, context_);
    if (!project && word != "ok") return forgotten(std::move(object));
    set(object, "status", word);
    const bool is_last = is_own_end(word) && (!project || is_next(*subject.known, *project));
    if (project) set_counters(object, *project);
    if (is_last && word == "ok") return with_health(std::move(object), subject, id, reach_, context_);
    if (!is_last) forget_content(object);
    object.condition = end_of_wait();
    object.evidence = is_last ? meaning_of(project->state) : "another deployment of the project came after it and won";
    return object;
  }

  /// Whether the one that was begun last is the first since `known` was sent, or had ended already when that was seen.
  static bool is_next(const Observed& known, const Project& project) {
    const bool is_same_count = known.attributes.int_at("start") == project.start;
    const std::int64_t before = is_same_count ? known.attributes.int_at("start_count") : 0;
    const bool has_ended = !is_open(known.attributes.string_at("status"));
    return project.start_count == before + (has_ended ? 0 : 1);
  }

  /// How one ended that nobody saw to its end is told by nobody.
  Observed forgotten(Observed object) const {
    set(object, "status", "no");
    object.evidence = "the server has forgotten it, and does not tell how it ended";
    forget_content(object);
    object.condition = end_of_wait();
    return object;
  }

  /// A step that waited has failed; later it is a difference, and is made up for.
  Condition end_of_wait() const {
    return reach_ == ObserveRequest::Reach::listed ? Condition::failed : Condition::ready;
  }

  /// An original does not know a project whose first deployment waits, forgets one ten minutes after a deployment has
  /// ended, and everything when it starts anew. What was known to have ended well still runs.
  Observed untold(Observed object) const {
    if (object.condition != Condition::failed || reach_ == ObserveRequest::Reach::listed) return object;
    forget_content(object);
    object.condition = Condition::ready;
    return object;
  }

  Observed remembered(const Subject& subject, const std::string& name, const Project& project) const {
    Observed object = subject.known != nullptr ? *subject.known : unread(subject, name);
    object.ownership = Ownership::claimable;
    object.condition = Condition::ready;
    object.evidence.clear();
    const bool is_last = object.attributes.int_at("start") == project.start &&
                         object.attributes.int_at("start_count") == project.start_count;
    if (project.state < success) {
      object.condition = Condition::progressing;
      object.evidence = "something is being deployed";
      return object;
    }
    set(object, "status", project.state == success ? "ok" : std::to_string(project.state));
    if (!is_last) {
      forget_content(object);
      object.evidence = "somebody else has deployed since";
      return object;
    }
    const std::string id = object.attributes.string_at("deployment_id");
    return project.state == success ? with_health(std::move(object), subject, id, reach_, context_) : object;
  }

  Client& client_;
  const ObserveRequest::Reach reach_;
  Context& context_;
};

std::vector<Observed> strangers(Client& client, const std::map<std::string, Subject>& subjects, Context& context) {
  std::vector<Observed> found;
  for (const std::string& name : client.projects(context).value_or(std::vector<std::string>())) {
    if (subjects.contains(name)) continue;
    found.push_back(unread({{"ipd.deployment", client.name() + "/" + name}}, name));
    found.back().condition = Condition::ready;
  }
  return found;
}

}  // namespace

Observation observe_original(Client& client, const std::map<std::string, Subject>& subjects,
                             const ObserveRequest& request, Context& context) {
  Observation observation;
  if (request.reach == ObserveRequest::Reach::scope) observation.foreign = strangers(client, subjects, context);
  std::vector<const Subject*> all;
  for (const auto& [name, subject] : subjects) all.push_back(&subject);
  const Reader reader(client, request.reach, context);
  std::vector<std::optional<Observed>> seen(all.size());
  at_once(all.size(), client.concurrency(), [&](std::size_t index) { seen[index] = reader.seen(*all[index]); });
  for (std::optional<Observed>& object : seen)
    if (object) observation.objects.push_back(*std::move(object));
  observation.complete = true;
  return observation;
}

}  // namespace muster::ipd_driver
