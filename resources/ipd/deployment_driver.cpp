#include "resources/ipd/deployment_driver.h"

#include <fmt/format.h>

#include "resources/contract/error.h"
#include "resources/ipd/deployment_observe.h"
#include "resources/ipd/deployment_subject.h"
#include "resources/ipd/package_check.h"
#include "resources/ipd/release.h"
#include "resources/ipd/sending.h"
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
    if (!sends) continue;
    const Value& package = write.resource->wanted.at("package");
    if (auto fault = package_fault(package.string_at("path"), package.bool_at("directory")))
      problems.push_back({Severity::error, write.resource->origin, std::move(fault->message), std::move(fault->hint)});
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
