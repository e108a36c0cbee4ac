#include "resources/openstack/project_kind.h"

#include "resources/openstack/credentials.h"
#include "resources/openstack/examine.h"
#include "resources/openstack/session.h"

namespace muster::openstack {
namespace {

std::vector<Field> limit_fields() {
  return {
      {.name = "concurrency",
       .type = Type::integer,
       .default_value = Limits{}.concurrency,
       .minimum = 1,
       .maximum = 64,
       .doc = "How many calls are under way at the same time, to create and remove servers as well as to read them."},
      {.name = "requestsPerSecond",
       .type = Type::integer,
       .default_value = Limits{}.requests_per_second,
       .minimum = 1,
       .maximum = 1000,
       .doc = "Requests are spaced so that no second sees more. OVH grants a project 20."},
  };
}

/// No login field has a default: which of them are set chooses the way to log in.
std::vector<Field> project_fields() {
  return {
      {.name = "cloud",
       .doc = "An entry of clouds.yaml, searched as the OpenStack clients do: OS_CLIENT_CONFIG_FILE, the current "
              "directory, ~/.config/openstack, /etc/openstack; secure.yaml is merged. Without `cloud` and without the "
              "fields below, the OS_* variables are used."},
      {.name = "authUrl",
       .pattern = "https?://.+",
       .pattern_hint = "a URL that starts with https:// or http://",
       .doc = "Keystone's address, \"https://auth.cloud.ovh.net/v3\"; /v3 is added when it is missing."},
      {.name = "username", .doc = "The user to log in as."},
      {.name = "password", .type = Type::secret, .doc = "The user's password.", .sensitive = true},
      {.name = "userDomain", .doc = "Name of the user's domain; without it the domain with the id \"default\"."},
      {.name = "project",
       .doc = "Name of the project. May stand alone, or beside `cloud`: then all else of the login comes from there."},
      {.name = "projectId", .doc = "Id of the project; OVH calls it the service name. Instead of `project`."},
      {.name = "projectDomain", .doc = "Name of the project's domain; without it the domain with the id \"default\"."},
      {.name = "applicationCredentialId", .doc = "An application credential instead of user, password and project."},
      {.name = "applicationCredentialName",
       .doc = "The application credential by name instead of by id; needs `username` and its domain."},
      {.name = "applicationCredentialSecret",
       .type = Type::secret,
       .doc = "The application credential's secret.",
       .sensitive = true},
      {.name = "token",
       .type = Type::secret,
       .doc = "A token instead of a password; good until it expires, so of little use unattended.",
       .sensitive = true},
      {.name = "region", .doc = "The region, \"GRA11\"; may be left out where there is only one."},
      {.name = "interface",
       .allowed = {"public", "internal", "admin"},
       .doc = "Which of the catalog's endpoints are used; public unless clouds.yaml or OS_INTERFACE says otherwise."},
      {.name = "caFile",
       .doc = "PEM file of the CA that signed the services' certificates, relative to the manifest. Without it the "
              "system's CAs."},
      {.name = "limits",
       .type = Type::record,
       .doc = "How much muster asks of the cloud at once.",
       .fields = limit_fields()},
  };
}

}  // namespace

ProjectKind::ProjectKind()
    : schema_{.kind = "OpenStackProject",
              .doc = "A project on an OpenStack cloud, in one region, and how to log in to it.",
              .fields = project_fields()} {}

ConnectionLimits ProjectKind::limits(const Manifest& manifest) const {
  return {static_cast<int>(manifest.spec.int_at("limits.concurrency", Limits{}.concurrency))};
}

std::string ProjectKind::login(const Manifest& manifest, const Environment& environment) const {
  UnreadSecrets unread;
  Redactor unused;
  return login_text(credentials_for(manifest, unread, environment, unused));
}

std::unique_ptr<Session> ProjectKind::open(const Manifest& manifest, SecretReader& secrets, Context& context) const {
  const auto pace = manifest.spec.int_at("limits.requestsPerSecond", Limits{}.requests_per_second);
  return std::make_unique<OpenStackSession>(credentials_for(manifest, secrets, context.environment, context.redactor),
                                            Limits{limits(manifest).concurrency, static_cast<int>(pace)},
                                            context.network);
}

Place ProjectKind::place(const Manifest& manifest, Session& session, Context& context) const {
  Client& client = dynamic_cast<OpenStackSession&>(session).client;
  const auto token = client.token(context);
  const std::string region = region_of(*token, "compute", client.identity().credentials());
  const bool names_project =
      !manifest.spec.string_at("project").empty() || !manifest.spec.string_at("projectId").empty();
  Place place;
  if (!token->project_id.empty())
    place.push_back({"project", token->project_id, token->project, "projectId: " + token->project_id, names_project});
  if (!region.empty())
    place.push_back({"region", region, "", "region: " + region, !manifest.spec.string_at("region").empty()});
  return place;
}

std::vector<Finding> ProjectKind::examine(Session& session, const std::vector<const Resource*>& wanted,
                                          Context& context) const {
  return examine_project(dynamic_cast<OpenStackSession&>(session), wanted, context);
}

}  // namespace muster::openstack
