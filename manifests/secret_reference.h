#pragma once

// How manifests refer to secrets: {env: NAME}, {file: PATH} or {command: [...]}.

#include <optional>
#include <string>
#include <string_view>

#include "manifests/node.h"
#include "resources/contract/secret.h"

namespace muster::manifests {

/// Nothing when the node is no such reference. Paths are relative to the manifest; those returned are absolute.
std::optional<SecretOrigin> referred_secret(const Node& node);

/// What a secret's digest is salted with: "Party.spec.guests[].pin" for "spec.guests[2].pin" of a Party, so that an
/// item added to a list changes no other's digest.
std::string secret_field(std::string_view kind, std::string_view path);

}  // namespace muster::manifests
