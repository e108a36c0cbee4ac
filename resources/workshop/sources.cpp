// Which words of a Workshop manifest each field of its resources is made from.

#include "resources/workshop/workshop.h"

namespace muster::workshop {
namespace {

FieldSources server_sources(const std::string& name_space) {
  return {{"flavor", {"spec.flavor"}},
          {"image", {"spec.image"}},
          {"key_pair", {"spec.keyPair"}},
          {"connection", {"spec.project"}},
          {"name", {"spec.hosts", name_space}},
          {"network", {"spec.network"}},
          {"security_groups", {"spec.securityGroups"}},
          {"user_data", {"spec.login", "spec.element", "spec.caddy", "spec.tls", "spec.postInstall", "spec.dns.zone"}},
          {"lifecycle.protect", {"spec.lifecycle.protect"}},
          {"lifecycle.until", {"spec.expires", "spec.extend", "spec.grace"}}};
}

FieldSources record_sources(const std::string& name_space) {
  return {{"connection", {"spec.dns.account"}}, {"name", {"spec.hosts", name_space}},
          {"targets", {"spec.addresses"}},      {"ttl", {"spec.dns.ttl"}},
          {"type", {"spec.addresses"}},         {"zone", {"spec.dns.zone"}}};
}

FieldSources check_sources(const std::string& name_space) {
  return {{"host", {"spec.addresses"}},
          {"port", {"spec.readiness"}},
          {"type", {"spec.readiness"}},
          {"url", {"spec.readiness", "spec.hosts", name_space, "spec.dns.zone"}},
          {"verify_tls", {"spec.tls"}}};
}

}  // namespace

FieldSources Workshop::sources(const Manifest& manifest, std::string_view kind) const {
  const std::string name_space = manifest.spec.at("namespace").is_string() ? "spec.namespace" : "metadata.name";
  if (kind == "openstack.server") return server_sources(name_space);
  if (kind == "ovh.rrset") return record_sources(name_space);
  if (kind == "ovh.scope")
    return {{"connection", {"spec.dns.account"}}, {"scope", {name_space}}, {"zone", {"spec.dns.zone"}}};
  if (kind == "guest.check") return check_sources(name_space);
  return {};
}

}  // namespace muster::workshop
