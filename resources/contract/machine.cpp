#include "resources/contract/machine.h"

#include <fmt/format.h>

namespace muster {

std::string namespace_of(const Manifest& workshop) {
  return workshop.is_sound("spec.namespace") ? workshop.spec.string_at("namespace", workshop.name) : std::string();
}

std::optional<ResourceId> machine_of(const Manifest& maker, std::string_view label) {
  if (maker.kind != "Workshop") return std::nullopt;
  return ResourceId{"openstack.server", fmt::format("{}/{}", namespace_of(maker), label)};
}

}  // namespace muster
