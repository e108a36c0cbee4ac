#pragma once

// One YAML document, typed by its schema.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/resource.h"
#include "resources/contract/value.h"

namespace muster {

struct Manifest {
  std::string kind;
  std::string name;
  std::map<std::string, std::string> labels;
  /// Typed by the schema with defaults filled in: durations are seconds, secrets are holes, files are their content.
  Value spec;
  Origin origin;
  /// Where each path of the document stands: "spec.hosts", "spec.dns.ttl", "spec.names[2]", "metadata.name".
  std::map<std::string, Origin, std::less<>> marks;
  /// Paths whose values are wrong or missing: the spec leaves them out, or holds null there. They have been told, and
  /// such a manifest brings no resources.
  std::set<std::string, std::less<>> faulty{};

  std::string key() const { return kind + "/" + name; }
  /// The mark of `path`, or of its nearest ancestor that has one.
  Origin where(std::string_view path) const;
  /// The file that `path` of the spec names, from the directory of the manifest that says so; empty: it names none.
  std::string file_at(std::string_view path) const;
  /// The mark of `path` itself: nothing when nobody wrote it and the schema's default holds. A value that came from the
  /// Fleet's defaults is marked there: `manifest` of its Origin is the Fleet's.
  std::optional<Origin> written(std::string_view path) const;
  /// Nothing is faulty at `path`, in it, or around it.
  bool is_sound(std::string_view path) const;
};

/// All manifests of a fleet, for blueprints that refer to others.
class Catalog {
 public:
  explicit Catalog(const std::vector<Manifest>& manifests);
  /// nullptr when there is none.
  const Manifest* find(std::string_view kind, std::string_view name) const;
  std::vector<const Manifest*> of_kind(std::string_view kind) const;

 private:
  std::map<std::pair<std::string, std::string>, const Manifest*> by_key_;
};

/// "spec.hosts.names[2]" is a part of "spec.hosts" and of itself.
bool is_path_in(std::string_view path, std::string_view whole);

}  // namespace muster
