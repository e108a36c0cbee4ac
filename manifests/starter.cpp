#include "manifests/starter.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace muster::manifests {
namespace {

std::string fleet_file(const std::string& name, const std::string& uid) {
  return fleet_head(name, uid) + R"(
  # One run deletes or replaces at most this much of each kind, whichever is more. `--allow N` lets a run do more.
  guard:
    count: 5
    percent: 20

  # What all manifests of a kind have in common, unless they say otherwise:
  # defaults:
  #   Workshop:
  #     flavor: d2-2
)";
}

constexpr std::string_view connections_file =
    R"(# yaml-language-server: $schema=muster.schema.json
# How to reach the clouds. No secret belongs in this repository: write {env: NAME}, {file: PATH} or {command: [...]}.

# Empty, it takes the OS_* variables of an openrc file. Or name an entry of clouds.yaml: `cloud: NAME`.
apiVersion: muster/v1
kind: OpenStackProject
metadata:
  name: cloud
spec: {}
---
# yaml-language-server: $schema=muster.schema.json
# Empty, it takes ovh.conf or the OVH_* variables.
apiVersion: muster/v1
kind: OvhAccount
metadata:
  name: dns
spec: {}
)";

constexpr std::string_view workshop_file =
    R"(# yaml-language-server: $schema=muster.schema.json
# Hosts for the attendees of one event: each gets a server, a DNS name (NAME.my-event.example.com), a login, a web client
# and TLS.
apiVersion: muster/v1
kind: Workshop
metadata:
  name: my-event
spec:
  project: cloud   # of connections.yaml
  dns:
    account: dns   # of connections.yaml
    zone: example.com
  hosts: 5         # or a list of names, or {count: 5, names: [anna, bert]}
  image: Debian 12
  flavor: d2-2
  login:
    user: attendee
    # `export WORKSHOP_PASSWORD=...` before `muster plan`.
    password: {env: WORKSHOP_PASSWORD}
  # `muster schema Workshop` tells what else there is.
)";

constexpr std::string_view ignore_file = R"(# What muster remembers; it can always be deleted.
.muster/
# Secrets that manifests refer to by {file: ...}.
secrets/
)";

std::string readme_file(const std::string& name) {
  return fmt::format(R"(# {}

What shall exist, for muster to make so:

- `fleet.yaml`: who this fleet is
- `connections.yaml`: how to reach the clouds
- `workshop.yaml`: the hosts of one event

    muster validate   # are the manifests sound?
    muster plan       # what would change?
    muster apply      # change it
    muster list       # what is there

## Editors

Every manifest begins with a line that names `muster.schema.json`. Editors that use yaml-language-server (VS Code with
the YAML extension by Red Hat, Neovim, Emacs, Helix, Zed and others) then complete fields, explain them and mark
mistakes while you type. Begin new manifests with the same line, in a file of several manifests also after each `---`:

    # yaml-language-server: $schema=muster.schema.json

The path is relative to the manifest: from a directory below it is `../muster.schema.json`. After an update of muster:

    muster schema > muster.schema.json
)",
                     name);
}

}  // namespace

std::string random_uid(Random& random) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  while (high == 0 || low == 0) {
    high = random.bits();
    low = random.bits();
  }
  return fmt::format("{:016x}{:016x}", high, low);
}

std::string fleet_head(std::string_view name, std::string_view uid) {
  return fmt::format(R"(# yaml-language-server: $schema=muster.schema.json
# Who this fleet is. Exactly one manifest of this kind per repository.
apiVersion: muster/v1
kind: Fleet
metadata:
  name: {}
spec:
  # Marks everything that belongs to this fleet, on every backend. It is random and must never change: with another uid
  # muster no longer knows its own hosts.
  uid: {}
)",
                     name, uid);
}

std::vector<StarterFile> starter_files(const std::string& name, const std::string& uid, const std::string& schema) {
  return {
      {".gitignore", std::string(ignore_file)},
      {"README.md", readme_file(name)},
      {"connections.yaml", std::string(connections_file)},
      {"fleet.yaml", fleet_file(name, uid)},
      {"muster.schema.json", schema},
      {"workshop.yaml", std::string(workshop_file)},
  };
}

}  // namespace muster::manifests
