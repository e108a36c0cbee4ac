#pragma once

// The list of what exists. Filled once at start, read-only afterwards.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/blueprint.h"
#include "resources/contract/driver.h"
#include "resources/contract/session.h"

namespace muster {

class Registry {
 public:
  /// Each throws Error(usage) when the kind exists already: a mistake in builtin.cpp.
  void add(std::unique_ptr<Driver> driver);
  void add(std::unique_ptr<Blueprint> blueprint);
  void add(std::unique_ptr<ConnectionKind> connection);

  // nullptr when there is no such kind.
  const Driver* driver(std::string_view kind) const;
  const Blueprint* blueprint(std::string_view kind) const;
  const ConnectionKind* connection(std::string_view kind) const;

  /// Of the manifests people may write: blueprints and connections, sorted.
  std::vector<std::string> manifest_kinds() const;
  /// Of the resources, sorted.
  std::vector<std::string> resource_kinds() const;
  /// Of the resources, as they were added: what is made first comes first. Without manifests, removals go the other
  /// way.
  const std::vector<std::string>& creation_order() const { return creation_order_; }
  /// The schema of a manifest kind, or nullptr.
  const Schema* manifest_schema(std::string_view kind) const;

 private:
  std::map<std::string, std::unique_ptr<Driver>, std::less<>> drivers_;
  std::vector<std::string> creation_order_;
  std::map<std::string, std::unique_ptr<Blueprint>, std::less<>> blueprints_;
  std::map<std::string, std::unique_ptr<ConnectionKind>, std::less<>> connections_;
};

}  // namespace muster
