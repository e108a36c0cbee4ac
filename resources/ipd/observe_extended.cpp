#include "resources/ipd/observe_extended.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "resources/contract/error.h"
#include "resources/contract/parallel.h"
#include "resources/ipd/release.h"
#include "resources/ipd/stamp.h"
#include "resources/ipd/words.h"

namespace muster::ipd_driver {
namespace {

/// One project that the server tells of.
struct Told {
  Subject subject;
  Project project;
  std::optional<OwnerWords> owner;
  bool is_ours = false;
  bool is_asked_for = false;  ///< wanted, known or ours: else it is a stranger's

  const Deployed& newest() const { return *project.newest; }
};

Observed replaced(Observed object, const Deployed& newest) {
  object.condition = Condition::failed;
  object.evidence = fmt::format("{} came after it and won ({})", name_of(newest), newest.id);
  return object;
}

/// What is wanted failed, and runs no more.
bool was_put_back(const Told& told, const Observed& object) {
  const Release wanted = release_of(told.subject.wanted->wanted);
  return told.owner->put_back == wanted.key() && release_of(object.attributes) != wanted;
}

/// How putting back went, in the end of a sentence.
std::string put_back_words(const Deployed& newest) {
  if (newest.is_open()) return "what ran before is being put back";
  if (newest.status == "ok") return "what ran before was put back";
  return "putting back what ran before failed too: " + failure_of(newest, "");
}

Observed put_back(Observed object, const Told& told) {
  const Value& version = told.subject.wanted->wanted.at("version");
  object.condition = Condition::failed;
  object.evidence =
      fmt::format("{} failed, and {}", version.is_string() ? "version " + version.as_string() : "what is wanted",
                  put_back_words(told.newest()));
  return object;
}

/// Not what one waits for.
Observed of_another_on_its_way(Observed object, const Deployed& newest) {
  set_content(object, newest);
  object.condition = Condition::ready;
  object.evidence = name_of(newest) + " is being deployed";
  return object;
}

Observed on_its_way(Observed object, const Deployed& newest) {
  object.condition = Condition::progressing;
  object.evidence = newest.status == "await" ? "waits in the server's queue" : name_of(newest) + " is being deployed";
  return object;
}

/// Whosever it is.
Observed as_told(const Told& told) {
  const Deployed& newest = told.newest();
  Observed object = unread(told.subject, project_of(told.subject.id));
  object.created = newest.accepted;
  object.since = newest.ended == Time{} ? newest.accepted : newest.ended;
  object.ever_ready = told.project.deployed.has_value();
  set(object, "deployment_id", newest.id);
  set(object, "user", newest.user);
  set(object, "status", newest.status);
  set(object, "exit_codes", newest.exit_codes);
  set(object, "image_name", newest.image_name);
  if (told.project.deployed) set_content(object, *told.project.deployed);
  return object;
}

Observed of_another(Observed object, const Told& told) {
  object.condition = Condition::ready;
  object.evidence = told.owner ? fmt::format("fleet {} looks after it", told.owner->stamp.fleet)
                               : fmt::format("{} runs there, and nobody says who looks after it",
                                             name_of(told.project.deployed.value_or(told.newest())));
  return object;
}

/// Judges what the server told.
class Judge {
 public:
  Judge(Client& client, ObserveRequest::Reach reach, Context& context)
      : client_(client), reach_(reach), context_(context) {}

  Observed seen(const Told& told) const {
    Observed object = as_told(told);
    if (!told.is_ours) return of_another(std::move(object), told);
    object = judged(std::move(object), told);
    object.ownership = Ownership::ours;
    object.stamp = told.owner->stamp;
    object.stamp->id = object.id;
    return object;
  }

 private:
  /// Whether it is what one waits for, and well.
  Observed judged(Observed object, const Told& told) const {
    const Subject& subject = told.subject;
    const Deployed& newest = told.newest();
    const std::string awaited = subject.awaited(reach_);
    if (!awaited.empty() && awaited != newest.id) return replaced(std::move(object), newest);
    const bool is_read_anew = awaited.empty() && subject.wanted != nullptr;
    if (is_read_anew && was_put_back(told, object)) return put_back(std::move(object), told);
    const bool is_other = is_read_anew && release_of(newest) != release_of(subject.wanted->wanted);
    if (is_other && subject.is_looked_up(reach_)) return replaced(std::move(object), newest);
    if (is_other && newest.is_open()) return of_another_on_its_way(std::move(object), newest);
    if (newest.is_open()) return on_its_way(std::move(object), newest);
    if (newest.status == "ok") return with_health(std::move(object), subject, newest.id, reach_, context_);
    return ended_badly(std::move(object), told);
  }

  Observed ended_badly(Observed object, const Told& told) const {
    const Deployed& newest = told.newest();
    object.condition = told.subject.is_waited_for(reach_) ? Condition::failed : Condition::ready;
    object.evidence =
        newest.status == "cancelled" ? name_of(newest) + " was cancelled" : failure_of(newest, output_of(told));
    return object;
  }

  /// That it failed is known without it.
  std::string output_of(const Told& told) const {
    try {
      return client_.output(project_of(told.subject.id), told.newest().id, context_);
    } catch (const Error& error) {
      if (error.fault() == Fault::interrupted) throw;
      return fmt::format("(its output could not be read: {})", error.message());
    }
  }

  Client& client_;
  const ObserveRequest::Reach reach_;
  Context& context_;
};

/// What is known but not told is asked for by its name: the token's user may no longer be allowed to see it.
void confirm(Client& client, const std::map<std::string, Subject>& subjects, std::map<std::string, Project>& told,
             Context& context) {
  std::vector<std::string> names;
  for (const auto& [name, subject] : subjects)
    if (subject.known != nullptr && !told.contains(name)) names.push_back(name);
  std::vector<std::optional<Project>> found(names.size());
  at_once(names.size(), client.concurrency(),
          [&](std::size_t index) { found[index] = client.project(names[index], context); });
  for (std::size_t index = 0; index < names.size(); ++index)
    if (found[index]) told.emplace(names[index], *std::move(found[index]));
}

/// What of `projects` is to be seen by this request; it is taken out of them.
std::vector<Told> matching(const std::string& server, const std::map<std::string, Subject>& subjects,
                           std::map<std::string, Project>& projects, const ObserveRequest& request) {
  std::vector<Told> matching;
  for (auto& [name, project] : projects) {
    if (!project.newest) continue;
    const auto subject = subjects.find(name);
    const bool is_known = subject != subjects.end();
    if (!is_known && request.reach != ObserveRequest::Reach::scope) continue;
    if (is_released_by(project.owner, request.fleet) && !project.newest->is_open()) continue;
    Told told;
    told.subject = is_known ? subject->second : Subject{{"ipd.deployment", server + "/" + name}};
    told.owner = owner_from(project.owner);
    // Of another IpdServer of the fleet that is the same server it is that one's, unless it is wanted here: an
    // IpdServer may come to be called otherwise.
    const bool is_stamped_here =
        told.owner && told.owner->stamp.id == ResourceId{"ipd.deployment", server + "/" + name};
    const bool is_renamed = is_known && told.owner && project_of(told.owner->stamp.id) == name;
    told.is_ours = (is_stamped_here || is_renamed) && told.owner->stamp.fleet == request.fleet;
    told.is_asked_for = is_known || told.is_ours;
    told.project = std::move(project);
    matching.push_back(std::move(told));
  }
  return matching;
}

}  // namespace

Observation observe_extended(Client& client, const std::map<std::string, Subject>& subjects,
                             std::map<std::string, Project> told, const ObserveRequest& request, Context& context) {
  confirm(client, subjects, told, context);
  const std::vector<Told> all = matching(client.name(), subjects, told, request);
  const Judge judge(client, request.reach, context);
  std::vector<Observed> seen(all.size());
  at_once(all.size(), client.concurrency(), [&](std::size_t index) { seen[index] = judge.seen(all[index]); });
  Observation observation;
  for (std::size_t index = 0; index < all.size(); ++index)
    (all[index].is_asked_for ? observation.objects : observation.foreign).push_back(std::move(seen[index]));
  observation.complete = true;
  return observation;
}

}  // namespace muster::ipd_driver
