#include "manifests/import/install_party_files.h"

#include <fmt/format.h>

#include <string_view>

namespace muster::manifests {
namespace {

/// A text as a YAML scalar that every reader takes for this very text.
std::string yaml_scalar(std::string_view text) {
  std::string result = "'";
  for (const char letter : text) {
    result += letter;
    if (letter == '\'') result += '\'';
  }
  return result + "'";
}

/// In a comment a line end would begin something else.
std::string in_comment(std::string text) {
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20) letter = ' ';
  }
  return text;
}

std::string connections_file(const RepositoryFacts& facts) {
  return fmt::format(R"(# yaml-language-server: $schema=muster.schema.json
# How to reach the clouds, as Install Party did. Secrets are in variables, not here.
apiVersion: muster/v1
kind: OpenStackProject
metadata:
  name: cloud
spec:
  authUrl: {}
  username: {}
  password: {{env: OS_PASSWORD}}
  projectId: {}   # called {}
  region: {}
---
# yaml-language-server: $schema=muster.schema.json
apiVersion: muster/v1
kind: OvhAccount
metadata:
  name: dns
spec:
  endpoint: {}
  applicationKey: {{env: OVH_APPLICATION_KEY}}
  applicationSecret: {{env: OVH_APPLICATION_SECRET}}
  consumerKey: {{env: OVH_CONSUMER_KEY}}
)",
                     yaml_scalar(facts.auth_url), yaml_scalar(facts.username), yaml_scalar(facts.tenant_id),
                     in_comment(facts.tenant_name), yaml_scalar(facts.region), yaml_scalar(facts.endpoint));
}

std::string element_lines(const RepositoryFacts& facts) {
  if (facts.version_is_default) return fmt::format("  element:\n    version: {}\n", facts.version);
  return fmt::format(
      R"(  # Install Party installed {} {}. New hosts get muster's default Element, unless you uncomment this; `muster validate`
  # names the archive whose checksum is needed.
  # element:
  #   version: {}
)",
      facts.client, facts.version, facts.version);
}

std::string readiness_lines(const RepositoryFacts& facts) {
  if (facts.time_limit.empty())
    return "  readiness: [ssh]   # or [https], which waits for the web server as Install Party did\n";
  return fmt::format(R"(  readiness:
    checks: [ssh]   # or [https], which waits for the web server as Install Party did
    timeLimit: {}s
)",
                     facts.time_limit);
}

std::string workshop_file(const RepositoryFacts& facts) {
  return fmt::format(R"(# yaml-language-server: $schema=muster.schema.json
# The hosts of the event: servers {0}-NAME, called NAME.{0}.{1}.
apiVersion: muster/v1
kind: Workshop
metadata:
  name: {2}
spec:
  project: cloud
  dns:
    account: dns
    zone: {3}
    ttl: 0   # the zone's own, as Install Party's records have it
  # Install Party kept no list of hosts: `muster adopt` prints the line that names those that exist. New ones: names,
  # or a number; {{count: 3, names: [anna]}} is both.
  hosts: 0
  image: {4}
  flavor: {5}
  network: Ext-Net   # the only one Install Party looked at
  login:
    user: {6}
    password: {{env: WORKSHOP_PASSWORD}}
{7}{8}  # postInstall: ./post-install.sh   # what Install Party took with --post-install-script
)",
                     facts.name_space, facts.zone, yaml_scalar(facts.name_space), yaml_scalar(facts.zone),
                     yaml_scalar(facts.image), yaml_scalar(facts.flavor), yaml_scalar(facts.user), element_lines(facts),
                     readiness_lines(facts));
}

std::string ignore_file(const RepositoryFacts& facts) {
  std::string text = R"(# What muster remembers; it can always be deleted.
.muster/
# Secrets that manifests refer to by {file: ...}.
secrets/
)";
  if (!facts.beside.empty()) text += "# Install Party's configuration holds secrets.\n" + facts.beside + "\n";
  return text;
}

}  // namespace

std::vector<StarterFile> repository_files(const RepositoryFacts& facts) {
  return {{".gitignore", ignore_file(facts)},
          {"connections.yaml", connections_file(facts)},
          {"fleet.yaml", fleet_head(yaml_scalar(facts.name_space), yaml_scalar(facts.uid))},
          {"muster.schema.json", facts.schema},
          {"workshop.yaml", workshop_file(facts)}};
}

}  // namespace muster::manifests
