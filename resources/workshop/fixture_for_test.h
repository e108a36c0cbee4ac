#pragma once

// A Workshop manifest as loading would give it: typed, with the defaults of the schema filled in.

#include <string>

#include "resources/contract/manifest.h"
#include "resources/contract/schema.h"
#include "resources/workshop/workshop.h"

namespace muster::workshop {

inline void fill_defaults(const std::vector<Field>& fields, Map& members) {
  for (const Field& field : fields) {
    auto member = members.find(field.name);
    if (member == members.end()) {
      if (field.default_value.is_null()) continue;
      member = members.emplace(field.name, field.default_value).first;
    }
    if (field.type == Type::record && member->second.is_map()) fill_defaults(field.fields, member->second.as_map());
  }
}

inline Value sample_password() {
  return Hole(
      Secret{.origin = {SecretOriginKind::env, {"WORKSHOP_PASSWORD"}}, .digest = "d1", .label = {}, .form = {}});
}

/// A small workshop; `changes` replaces top-level fields of its spec.
inline Manifest sample_workshop(const Map& changes = {}, const std::string& name = "my-super-event") {
  Map spec{{"dns", Map{{"account", "ovh"}, {"zone", "example.com"}}},
           {"flavor", "s1-2"},
           {"hosts", List{"alpha", "beta"}},
           {"image", "Debian 12"},
           {"login", Map{{"password", sample_password()}, {"user", "party"}}},
           {"project", "cloud"}};
  for (const auto& [field, value] : changes) spec.insert_or_assign(field, value);
  fill_defaults(workshop_schema().fields, spec);
  Manifest manifest;
  manifest.kind = "Workshop";
  manifest.name = name;
  manifest.spec = std::move(spec);
  manifest.origin = {"event.yaml", 1, 1, manifest.key()};
  int line = 2;
  for (const char* path :
       {"metadata.name", "spec", "spec.addresses", "spec.caddy", "spec.dns", "spec.dns.ttl", "spec.element",
        "spec.hosts", "spec.hosts[0]", "spec.hosts[1]", "spec.hosts[2]", "spec.login.user", "spec.namespace",
        "spec.postInstall", "spec.readiness", "spec.readiness[0]", "spec.readiness[1]"}) {
    manifest.marks[path] = {"event.yaml", line++, 3, manifest.key()};
  }
  return manifest;
}

}  // namespace muster::workshop
