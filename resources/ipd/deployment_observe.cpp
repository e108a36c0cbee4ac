#include "resources/ipd/deployment_observe.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>

#include "resources/contract/error.h"
#include "resources/ipd/health.h"
#include "resources/ipd/release.h"
#include "resources/ipd/stamp.h"
#include "resources/ipd/words.h"

namespace muster::ipd_driver {
namespace {

using std::chrono::seconds;

/// What is known of one project before it is looked at.
struct Subject {
  ResourceId id;
  const Resource* wanted = nullptr;
  const Observed* known = nullptr;

  /// The deployment that a step waits for; empty: none.
  std::string awaited(ObserveRequest::Reach reach) const {
    const bool waits =
        reach == ObserveRequest::Reach::listed && known != nullptr && known->condition == Condition::progressing;
    return waits ? known->attributes.string_at("deployment_id") : std::string();
  }
  /// A step looks for what a create without an answer may have begun.
  bool is_looked_up(ObserveRequest::Reach reach) const {
    return reach == ObserveRequest::Reach::listed && wanted != nullptr && known == nullptr;
  }
  const Value& health() const {
    static const Value none;
    if (wanted != nullptr) return wanted->wanted.at("health");
    return known != nullptr ? known->attributes.at("health") : none;
  }
  std::string healthy_id() const {
    return known != nullptr ? known->attributes.string_at("healthy_id") : std::string();
  }
  /// By the clock of this machine: since when `deployment` was seen to run without an answer.
  std::optional<seconds> silent_since(const std::string& deployment) const {
    const bool is_same = known != nullptr && known->attributes.string_at("deployment_id") == deployment;
    const Value* since = is_same ? &known->attributes.at("silent_since") : nullptr;
    return since != nullptr && since->is_int() ? std::optional(seconds(since->as_int())) : std::nullopt;
  }
};

void set(Observed& object, const char* name, Value value) {
  object.attributes.as_map().insert_or_assign(name, std::move(value));
}

void set_content(Observed& object, const Deployed& content) {
  set(object, "image_sha256", content.image_sha256);
  set(object, "package_sha256", content.package_sha256);
  if (!content.version.empty()) set(object, "version", content.version);
}

class Reader {
 public:
  Reader(Client& client, const ObserveRequest& request, Context& context)
      : client_(client), request_(request), context_(context) {
    for (const Observed& known : request.known) subject_of(known.id).known = &known;
    for (const Resource& resource : request.wanted) subject_of(resource.id).wanted = &resource;
  }

  Observation run() {
    if (auto all = client_.all(context_)) {
      confirm(*all);
      read_all(*all);
    } else {
      read_each();
    }
    observation_.complete = true;
    return std::move(observation_);
  }

 private:
  Subject& subject_of(const ResourceId& id) {
    Subject& subject = subjects_[project_of(id)];
    subject.id = id;
    return subject;
  }

  bool is_whole_scope() const { return request_.reach == ObserveRequest::Reach::scope; }

  /// What is known but not told is asked for by its name: the token's user may no longer be allowed to see it.
  void confirm(std::map<std::string, Project>& projects) {
    for (const auto& [name, subject] : subjects_) {
      if (subject.known == nullptr || projects.contains(name)) continue;
      if (auto project = client_.project(name, context_)) projects.emplace(name, std::move(*project));
    }
  }

  void read_all(const std::map<std::string, Project>& projects) {
    for (const auto& [name, project] : projects) {
      if (!project.newest) continue;
      const auto subject = subjects_.find(name);
      const auto owner = owner_from(project.owner);
      const bool is_ours = owner && owner->stamp.fleet == request_.fleet && project_of(owner->stamp.id) == name;
      if (subject == subjects_.end() && !is_whole_scope()) continue;
      if (is_released_by(project.owner, request_.fleet) && !project.newest->is_open()) continue;
      Subject about = subject != subjects_.end() ? subject->second : Subject{};
      if (subject == subjects_.end()) about.id = {"ipd.deployment", client_.name() + "/" + name};
      Observed object = as_told(about, name, project);
      if (is_ours) {
        object = judged(std::move(object), about, *project.newest, *owner);
        object.ownership = Ownership::ours;
        object.stamp = owner->stamp;
        object.stamp->id = object.id;
      } else {
        object.condition = Condition::ready;
        object.evidence = owner ? fmt::format("fleet {} looks after it", owner->stamp.fleet)
                                : fmt::format("{} runs there, and nobody says who looks after it",
                                              name_of(project.deployed.value_or(*project.newest)));
      }
      const bool is_asked_for = subject != subjects_.end() || is_ours;
      (is_asked_for ? observation_.objects : observation_.foreign).push_back(std::move(object));
    }
  }

  /// What a server of ours tells of a project, whosever it is.
  Observed as_told(const Subject& subject, const std::string& name, const Project& project) {
    const Deployed& newest = *project.newest;
    Observed object = blank(subject, name);
    object.created = newest.accepted;
    object.since = newest.ended == Time{} ? newest.accepted : newest.ended;
    object.ever_ready = project.deployed.has_value();
    set(object, "deployment_id", newest.id);
    set(object, "user", newest.user);
    set(object, "status", newest.status);
    set(object, "exit_codes", newest.exit_codes);
    set(object, "image_name", newest.image_name);
    if (project.deployed) set_content(object, *project.deployed);
    return object;
  }

  /// Whether it is what one waits for, and well.
  Observed judged(Observed object, const Subject& subject, const Deployed& newest, const OwnerWords& owner) {
    const std::string awaited = subject.awaited(request_.reach);
    if (!awaited.empty() && awaited != newest.id) return replaced(std::move(object), newest);
    const bool is_read_anew = awaited.empty() && subject.wanted != nullptr;
    if (is_read_anew && was_put_back(subject, owner, object)) return put_back(std::move(object), subject);
    const bool is_other = is_read_anew && release_of(newest) != release_of(subject.wanted->wanted);
    if (is_other && subject.is_looked_up(request_.reach)) return replaced(std::move(object), newest);
    if (is_other && newest.is_open()) {
      // Somebody else's, on its way: not what one waits for.
      set_content(object, newest);
      object.condition = Condition::ready;
      object.evidence = name_of(newest) + " is being deployed";
      return object;
    }
    if (newest.is_open()) {
      object.condition = Condition::progressing;
      object.evidence =
          newest.status == "await" ? "waits in the server's queue" : name_of(newest) + " is being deployed";
      return object;
    }
    if (newest.status == "ok") return with_health(std::move(object), subject, newest.id);
    return ended_badly(std::move(object), subject, newest);
  }

  /// A step waits for it: what is not well has failed. Later it is a difference, and is made up for.
  bool is_waited_for(const Subject& subject) const {
    return !subject.awaited(request_.reach).empty() || subject.is_looked_up(request_.reach);
  }

  static Observed replaced(Observed object, const Deployed& newest) {
    object.condition = Condition::failed;
    object.evidence = fmt::format("{} came after it and won ({})", name_of(newest), newest.id);
    return object;
  }

  Observed ended_badly(Observed object, const Subject& subject, const Deployed& newest) {
    const std::string why = newest.status == "cancelled" ? name_of(newest) + " was cancelled"
                                                         : failure_of(newest, output_of(subject, newest));
    object.condition = is_waited_for(subject) ? Condition::failed : Condition::ready;
    object.evidence = why;
    return object;
  }

  std::string output_of(const Subject& subject, const Deployed& newest) {
    return client_.output(project_of(subject.id), newest.id, context_);
  }

  /// What has answered once is not asked again.
  Observed with_health(Observed object, const Subject& subject, const std::string& id) {
    const Value& check = subject.health();
    object.condition = Condition::ready;
    if (check.is_map() && subject.healthy_id() != id) {
      const Health health = look_at_health(check, context_);
      const auto limit = seconds(check.int_at("timeout", 60));
      const seconds now = std::chrono::duration_cast<seconds>(context_.clock.now().time_since_epoch());
      const seconds since = subject.silent_since(id).value_or(now);
      if (!health.passed && now - since < limit) {
        set(object, "silent_since", since.count());
        object.condition = Condition::progressing;
        object.evidence = "deployed, but " + health.words;
        return object;
      }
      if (!health.passed) {
        set(object, "status", "unhealthy");
        set(object, "silent_since", since.count());
        object.evidence = fmt::format("deployed, but after {} s {}", limit.count(), health.words);
        if (is_waited_for(subject)) object.condition = Condition::failed;
        return object;
      }
    }
    if (check.is_map()) set(object, "healthy_id", id);
    object.attributes.as_map().erase("silent_since");
    return object;
  }

  static Observed put_back(Observed object, const Subject& subject) {
    const Value& version = subject.wanted->wanted.at("version");
    object.condition = Condition::failed;
    object.evidence = fmt::format("{} failed, and what ran before was put back",
                                  version.is_string() ? "version " + version.as_string() : "what is wanted");
    return object;
  }

  /// What is wanted failed, and runs no more.
  static bool was_put_back(const Subject& subject, const OwnerWords& owner, const Observed& object) {
    const Release wanted = release_of(subject.wanted->wanted);
    return owner.put_back == wanted.key() && release_of(object.attributes) != wanted;
  }

  Observed blank(const Subject& subject, const std::string& name) {
    Observed object;
    object.id = subject.id;
    object.backend_id = name;
    object.ownership = Ownership::foreign;
    object.attributes = Map{{"project", name}};
    if (const Value& check = subject.health(); check.is_map()) set(object, "health", check);
    return object;
  }

  /// An original server tells neither what runs nor whose it is: that is remembered here.
  void read_each() {
    if (is_whole_scope()) {
      if (const auto names = client_.projects(context_)) add_strangers(*names);
    }
    for (const auto& [name, subject] : subjects_) {
      const auto project = client_.project(name, context_);
      if (project) {
        observation_.objects.push_back(remembered(subject, name, *project));
      } else if (subject.known != nullptr) {
        observation_.objects.push_back(untold(subject, name));
      }
    }
  }

  /// An original does not know a project whose first deployment waits, forgets one ten minutes after a deployment has
  /// ended, and everything when it starts anew. What was known to have ended well still runs; how one ended that nobody
  /// saw to its end is told by nobody.
  Observed untold(const Subject& subject, const std::string& name) {
    Observed object = *subject.known;
    const bool is_step = request_.reach == ObserveRequest::Reach::listed;
    if (object.condition == Condition::progressing) {
      const std::string word = client_.status(name, object.attributes.string_at("deployment_id"), context_);
      if (word == "await" || word == "active") return under_way(std::move(object), word);
      set(object, "status", "no");
      object.evidence = "the server has forgotten it, and does not tell how it ended";
    } else if (object.condition != Condition::failed || is_step) {
      return object;
    }
    forget_content(object);
    object.condition = is_step ? Condition::failed : Condition::ready;
    return object;
  }

  static Observed under_way(Observed object, const std::string& word) {
    set(object, "status", word);
    object.condition = Condition::progressing;
    object.evidence = word == "await" ? "waits in the server's queue" : "is being deployed";
    return object;
  }

  static void forget_content(Observed& object) {
    for (const char* field : {"image_sha256", "package_sha256", "version"}) object.attributes.as_map().erase(field);
  }

  void add_strangers(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (subjects_.contains(name)) continue;
      Observed object = blank({{"ipd.deployment", client_.name() + "/" + name}}, name);
      object.condition = Condition::ready;
      observation_.foreign.push_back(std::move(object));
    }
  }

  Observed remembered(const Subject& subject, const std::string& name, const Project& project) {
    Observed object = subject.known != nullptr ? *subject.known : blank(subject, name);
    object.ownership = Ownership::claimable;
    object.condition = Condition::ready;
    object.evidence.clear();
    // Also what an earlier run has sent: nobody else tells that it was that.
    if (const std::string id = subject.awaited(ObserveRequest::Reach::listed); !id.empty())
      return awaited_one(std::move(object), subject, id, project);
    const bool is_last = object.attributes.int_at("start") == project.start &&
                         object.attributes.int_at("start_count") == project.start_count;
    constexpr int success = 4;
    if (project.state < success) {
      object.condition = Condition::progressing;
      object.evidence = "something is being deployed";
    } else if (!is_last) {
      forget_content(object);
      object.evidence = "somebody else has deployed since";
      set(object, "status", project.state == success ? "ok" : std::to_string(project.state));
    } else {
      set(object, "status", project.state == success ? "ok" : std::to_string(project.state));
      const std::string id = object.attributes.string_at("deployment_id");
      if (project.state == success) return with_health(std::move(object), subject, id);
    }
    return object;
  }

  Observed awaited_one(Observed object, const Subject& subject, const std::string& id, const Project& project) {
    const std::string word = client_.status(project_of(subject.id), id, context_);
    set(object, "status", word);
    if (word == "await" || word == "active") return under_way(std::move(object), word);
    if (word == "ok") {
      set(object, "start", project.start);
      set(object, "start_count", project.start_count);
      return with_health(std::move(object), subject, id);
    }
    object.condition = Condition::failed;
    object.evidence = word == "changed" || word == "no" ? "another deployment of the project came after it and won"
                                                        : meaning_of(project.state);
    return object;
  }

  Client& client_;
  const ObserveRequest& request_;
  Context& context_;
  std::map<std::string, Subject> subjects_;  ///< by project
  Observation observation_;
};

}  // namespace

std::string project_of(const ResourceId& id) { return id.name.substr(id.name.find('/') + 1); }

Observation observe_deployments(Client& client, const ObserveRequest& request, Context& context) {
  return Reader(client, request, context).run();
}

Observed under_way(const Resource& resource, const std::string& id, const Stamp& stamp, bool is_extended,
                   Context& context) {
  Observed object;
  object.id = resource.id;
  object.backend_id = project_of(resource.id);
  object.ownership = is_extended ? Ownership::ours : Ownership::claimable;
  if (is_extended) object.stamp = stamp;
  object.attributes = Map{{"project", object.backend_id},
                          {"image_sha256", resource.wanted.at("image_sha256")},
                          {"package_sha256", resource.wanted.at("package_sha256")},
                          {"status", "await"},
                          {"deployment_id", id}};
  for (const char* field : {"version", "health"}) {
    if (const Value& value = resource.wanted.at(field); !value.is_null()) set(object, field, value);
  }
  object.condition = Condition::progressing;
  object.evidence = "waits in the server's queue";
  object.since = object.created = context.clock.now();
  return object;
}

}  // namespace muster::ipd_driver
