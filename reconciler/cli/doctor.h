#pragma once

// What `doctor` looks at, each part on its own, so that everything is examined even when something fails.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "manifests/load.h"
#include "reconciler/cli/shell.h"
#include "resources/contract/context.h"
#include "resources/contract/finding.h"
#include "resources/contract/manifest.h"
#include "resources/contract/registry.h"
#include "resources/contract/secret.h"
#include "state/examine.h"
#include "state/store.h"

namespace muster::cli {

struct Section {
  std::string title;
  std::vector<Finding> findings;
};

/// muster's own version, and those of what it stands on. Starts git.
Section examine_program();

/// Among them the secrets that workshops will need once they begin.
Section examine_manifests(const manifests::Load& load, Time now);

/// Opens one connection and lets its kind look at it. Blocks on the network.
Section examine_connection(const Registry& registry, const manifests::Load& load, const Manifest& manifest,
                           SecretReader& secrets, Context& context);

/// The proxy and the authorities that checks of guests use; empty when neither is set. Blocks on the network.
Section examine_guests(const Environment& environment);

/// File, schema, integrity, fleet. Pure.
Section judge_database(const state::DatabaseFacts& facts, const std::filesystem::path& path, const std::string& fleet,
                       const std::string& fleet_uid);
/// Whether a Store can be opened on a copy of it.
bool is_usable(const state::DatabaseFacts& facts, const std::string& fleet_uid);

/// The lock of this machine, and of the fleet's lock host when it has one. Blocks on ssh.
Section examine_lock(const manifests::Fleet& fleet, const Shell& shell);

/// What is open, and so what a lost database would cost now.
Section examine_memory(state::Store& store, const Registry& registry, Time now);
/// The same of a database that is not usable.
Section judge_memory(const state::DatabaseFacts& facts, const std::string& fleet_uid);

/// The worst of all.
FindingState worst_of(const std::vector<Section>& sections);

}  // namespace muster::cli
