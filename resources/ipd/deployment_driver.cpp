#include "resources/ipd/deployment_driver.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "resources/contract/error.h"
#include "resources/ipd/deployment_observe.h"
#include "resources/ipd/deployment_subject.h"
#include "resources/ipd/release.h"
#include "resources/ipd/session.h"
#include "resources/ipd/stamp.h"
#include "resources/ipd/words.h"

namespace muster::ipd_driver {
namespace {

Schema deployment_schema() {
  return {
      .kind = "ipd.deployment",
      .doc = "What a project on an IPD server runs: one image and one package.",
      .fields = {
          {.name = "project",
           .required = true,
           .doc = "The project's name on the server.",
           .mutability = Mutability::immutable},
          {.name = "version", .doc = "What people call it."},
          {.name = "image_sha256", .required = true, .doc = "Digest of the image."},
          {.name = "package_sha256", .required = true, .doc = "Digest of the package, as it is packed."},
          {.name = "status",
           .default_value = "ok",
           .doc = "How the last deployment ended: ok, the number that its script answered, err, or unhealthy.",
           .is_outcome = true},
          {.name = "image",
           .type = Type::any,
           .required = true,
           .doc = "Where the image is.",
           .compare = Compare::not_compared},
          {.name = "package",
           .type = Type::any,
           .required = true,
           .doc = "Where the package is.",
           .compare = Compare::not_compared},
          {.name = "exit_codes",
           .default_value = "legacy",
           .allowed = {"legacy", "usual"},
           .doc = "Whether 1 or 0 is success of control.sh check and deploy.",
           .compare = Compare::not_compared},
          {.name = "health",
           .type = Type::any,
           .doc = "The page that has to answer: {url, status, timeout}.",
           .compare = Compare::not_compared},
          {.name = "deployment_id", .doc = "The server's id of the last deployment.", .computed = Computed::live},
          {.name = "image_name", .doc = "What the image was called when it was sent.", .computed = Computed::live},
          {.name = "user", .doc = "Whose token it came with.", .computed = Computed::live},
          {.name = "healthy_id", .doc = "Which deployment has answered its health check.", .computed = Computed::live},
          {.name = "start",
           .type = Type::integer,
           .doc = "Since when an original server knows the project.",
           .computed = Computed::live},
          {.name = "start_count",
           .type = Type::integer,
           .doc = "How many deployments an original has begun since.",
           .computed = Computed::live},
      }};
}

Client& client_of(Session& session) {
  auto* own = dynamic_cast<IpdSession*>(&session);
  if (own == nullptr) throw Error(Fault::permanent, "an ipd.deployment was handed the session of another kind");
  return own->client;
}

std::string file_name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Upload upload_of(const Resource& resource, const Stamp& stamp) {
  const Value& wanted = resource.wanted;
  Upload upload;
  upload.project = wanted.string_at("project");
  upload.version = wanted.string_at("version");
  upload.exit_codes = wanted.string_at("exit_codes");
  upload.owner = to_words({stamp, {}});
  upload.key = stamp.incarnation.to_string() + "-" + release_of(wanted).key();
  const auto part = [&](const char* field, const char* digest) {
    const Value& at = wanted.at(field);
    const std::string path = at.string_at("path");
    return Part{path, at.bool_at("directory"), file_name_of(path), wanted.string_at(digest)};
  };
  upload.image = part("image", "image_sha256");
  upload.package = part("package", "package_sha256");
  upload.package.sent_as = "-";  // as the original's own client calls it
  return upload;
}

/// What the server took last is what is wanted, and came after `observed` was seen: it waits or runs, or an answer was
/// lost and it has ended since.
bool is_begun(const Deployed& newest, const Resource& resource, const Observed* observed) {
  if (release_of(newest) != release_of(resource.wanted)) return false;
  return newest.is_open() || (observed != nullptr && newest.id != observed->attributes.string_at("deployment_id"));
}

bool ended_badly(const std::string& status) {
  static const std::set<std::string, std::less<>> others{"", "ok", "await", "active", "cancelled", "changed", "no"};
  return !others.contains(status);
}

/// Not what was sent failed, but the server: its files, its disk, its time.
bool is_servers_failure(int state) {
  constexpr int no_package = 101;
  constexpr int no_folder = 102;
  constexpr int unpack_late = 1030;
  return state == no_package || state == no_folder || state == unpack_late;
}

/// What ran well before, other than `failed`.
std::optional<Deployed> well_before(Client& client, const std::string& project, const Release& failed,
                                    Context& context) {
  const std::vector<Deployed> history = client.history(project, context);
  const auto before = std::find_if(history.begin(), history.end(), [&](const Deployed& one) {
    return one.status == "ok" && release_of(one) != failed;
  });
  return before == history.end() ? std::nullopt : std::optional(*before);
}

/// Why what is wanted has failed already, also when no run of ours was there to see it; nothing: it has not, or there
/// is nothing to put back in its place.
std::optional<std::string> failure_before(Client& client, const Resource& resource, const Observed* observed,
                                          const std::optional<Deployed>& newest, Context& context) {
  const std::string project = project_of(resource.id);
  const Release wanted = release_of(resource.wanted);
  const std::string seen = observed != nullptr ? observed->attributes.string_at("status") : std::string();
  if (!newest) {
    const bool has_failed = ended_badly(seen) && release_of(observed->attributes) == wanted;
    return has_failed ? std::optional(observed->evidence.empty() ? "it ended with " + seen : observed->evidence)
                      : std::nullopt;
  }
  const bool is_unhealthy = newest->status == "ok" && seen == "unhealthy";
  const bool has_failed = ended_badly(newest->status) && !is_servers_failure(newest->state);
  if (release_of(*newest) != wanted || !(is_unhealthy || has_failed)) return std::nullopt;
  if (!well_before(client, project, wanted, context)) return std::nullopt;
  return is_unhealthy ? observed->evidence : failure_of(*newest, client.output(project, newest->id, context));
}

/// What was begun is waited for, and nothing is sent. Where what was before is put back, what has failed is not sent
/// again.
Observed deploy(Client& client, const Resource& resource, const Observed* observed, const Stamp& stamp,
                Context& context) {
  const Upload upload = upload_of(resource, stamp);
  const auto project = client.project(upload.project, context);
  if (!client.is_extended() && upload.exit_codes == "usual")
    throw Error(Fault::permanent,
                fmt::format("IPD server {} is an original, which takes 1 for success of control.sh", client.name()),
                "remove exitCodes from the manifest, and let control.sh check and deploy exit 1 when all is well");
  const std::optional<Deployed> newest = project ? project->newest : std::nullopt;
  const auto failure = resource.lifecycle.on_failed == OnFailed::put_back
                           ? failure_before(client, resource, observed, newest, context)
                           : std::nullopt;
  if (failure) {
    Observed failed = under_way(client, resource, newest ? newest->id : "", stamp, project, context);
    failed.condition = Condition::failed;
    failed.evidence = *failure;
    return failed;
  }
  if (newest && is_begun(*newest, resource, observed)) {
    client.set_owner(upload.project, upload.owner, context);
    return under_way(client, resource, newest->id, stamp, project, context);
  }
  const std::string id = client.upload(upload, context);
  return under_way(client, resource, id, stamp, project, context);
}

}  // namespace

DeploymentDriver::DeploymentDriver() : schema_(deployment_schema()) {}

Traits DeploymentDriver::traits() const {
  Traits traits;
  traits.connection_kind = "IpdServer";
  traits.quiet_window = std::chrono::seconds(30);
  traits.progressing_limit = std::chrono::minutes(35);
  traits.removal_lets_go = true;
  traits.read_each_time = true;
  traits.adopting_writes = "for each project, on its IPD server, that this fleet looks after it";
  traits.failed_hint = "deploy something else, or call it by another version, to try again";
  return traits;
}

Observation DeploymentDriver::observe(Session& session, const ObserveRequest& request, Context& context) const {
  return observe_deployments(client_of(session), request, context);
}

Observed DeploymentDriver::create(Session& session, const Resource& resource, const Stamp& stamp,
                                  Context& context) const {
  return deploy(client_of(session), resource, nullptr, stamp, context);
}

Observed DeploymentDriver::update(Session& session, const Resource& resource, const Observed& observed,
                                  const std::vector<FieldChange>&, const Stamp& stamp, Context& context) const {
  return deploy(client_of(session), resource, &observed, stamp, context);
}

Takeover DeploymentDriver::examine(Session&, const Resource&, const Observed&, Context&) const { return {}; }

Observed DeploymentDriver::adopt(Session& session, const Resource& resource, const Observed& observed,
                                 const Stamp& stamp, Context& context) const {
  Client& client = client_of(session);
  const std::string name = project_of(resource.id);
  const auto project = client.project(name, context);
  if (project) {
    const auto owner = owner_from(project->owner);
    if (owner && owner->stamp.fleet != stamp.fleet)
      throw Error(Fault::conflict, fmt::format("fleet {} looks after {} by now", owner->stamp.fleet, name));
  }
  Observed taken = observed;
  if (!client.is_extended()) {
    taken.ownership = Ownership::claimable;
    return taken;
  }
  client.set_owner(name, to_words({stamp, {}}), context);
  taken.ownership = Ownership::ours;
  taken.stamp = stamp;
  return taken;
}

std::optional<Observed> DeploymentDriver::remove(Session& session, const Observed& observed, Context& context) const {
  Client& client = client_of(session);
  const auto project = client.project(project_of(observed.id), context);
  if (project && client.is_extended()) {
    const auto owner = owner_from(project->owner);
    const bool is_same = owner && observed.stamp && owner->stamp.incarnation == observed.stamp->incarnation;
    if (is_same) client.set_owner(project_of(observed.id), words_of_release(observed.stamp->fleet), context);
  }
  return std::nullopt;
}

std::optional<Observed> DeploymentDriver::put_back(Session& session, const Resource& resource, const Observed&,
                                                   const Stamp& stamp, Context& context) const {
  Client& client = client_of(session);
  Upload upload = upload_of(resource, stamp);
  const Release failed = release_of(resource.wanted);
  const auto project = client.project(upload.project, context);
  if (!client.is_extended())
    throw Error(Fault::permanent, fmt::format("IPD server {} is an original and keeps nothing", client.name()),
                "deploy what ran before by its own manifest");
  if (!project || !project->newest) return std::nullopt;
  const Deployed& newest = *project->newest;
  const auto owner = owner_from(project->owner);
  const bool is_done = owner && owner->put_back == failed.key() && release_of(newest) != failed;
  if (is_done) return under_way(client, resource, newest.id, stamp, project, context);
  // Only what was wanted and has failed is undone: never what others have sent, or somebody has stopped.
  if (newest.is_open() || newest.status == "cancelled" || release_of(newest) != failed) {
    throw Error(Fault::conflict, fmt::format("{} is what was sent last ({})", name_of(newest), newest.status),
                "look at it with `muster status`, then apply again");
  }
  const auto before = well_before(client, upload.project, failed, context);
  if (!before) return std::nullopt;
  upload.owner = to_words({stamp, failed.key()});
  upload.version = before->version;
  upload.exit_codes = before->exit_codes;
  upload.image = {{}, false, before->image_name, before->image_sha256};
  upload.package = {{}, false, "-", before->package_sha256};
  upload.key += "-back";
  Resource earlier = resource;
  earlier.wanted.as_map()["image_sha256"] = before->image_sha256;
  earlier.wanted.as_map()["package_sha256"] = before->package_sha256;
  earlier.wanted.as_map()["version"] = before->version;
  return under_way(client, earlier, client.upload_kept(upload, context), stamp, project, context);
}

/// The server would refuse them, after all was sent.
std::vector<Diagnostic> DeploymentDriver::preflight(Session&, const std::vector<PlannedWrite>& writes, Context&) const {
  std::vector<Diagnostic> problems;
  for (const PlannedWrite& write : writes) {
    const bool sends = write.resource != nullptr && (write.verb == Verb::create || write.verb == Verb::update);
    if (!sends || !write.resource->wanted.at("package").bool_at("directory")) continue;
    const std::filesystem::path package = write.resource->wanted.at("package").string_at("path");
    const std::string script = (package / "control.sh").string();
    if (::access(script.c_str(), F_OK) != 0) {
      problems.push_back({Severity::error, write.resource->origin, fmt::format("the package has no {}", script),
                          "an IPD server runs it with check, prepare and deploy"});
    } else if (::access(script.c_str(), X_OK) != 0) {
      problems.push_back({Severity::error, write.resource->origin, fmt::format("{} may not be executed", script),
                          fmt::format("chmod +x {}", script)});
    }
  }
  return problems;
}

/// What is asked before and after counts, what waits for its turn does not.
int DeploymentDriver::calls(Verb verb, const Value&) const {
  switch (verb) {
    case Verb::create:
    case Verb::update:
    case Verb::replace:
      return 4;
    case Verb::adopt:
    case Verb::remove:
      return 2;
    case Verb::flush:
      break;
  }
  return 0;
}

}  // namespace muster::ipd_driver
