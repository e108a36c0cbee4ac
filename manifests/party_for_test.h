#pragma once

// A small fleet vocabulary with every type of field, so that loading is tested without any family: a Cloud
// (connection), a Party (blueprint), and its test.host resources.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "manifests/load.h"
#include "resources/contract/registry.h"

namespace muster::manifests {

/// Environment variables that only the test sees.
class TestEnvironment : public Environment {
 public:
  std::map<std::string, std::string, std::less<>> variables;
  std::optional<std::string> get(std::string_view name) const override;
};

void register_party(Registry& registry);

/// A registry with the party kinds, secrets, and a directory that is removed at the end.
class LoadFixture {
 public:
  LoadFixture();
  ~LoadFixture();
  LoadFixture(const LoadFixture&) = delete;
  LoadFixture& operator=(const LoadFixture&) = delete;

  /// The path of `name` below the directory, whose folders are made.
  std::string path(const std::string& name) const;
  /// Writes a file there and returns its path.
  std::string write(const std::string& name, std::string_view text) const;
  /// Writes a Fleet and a Cloud named `here`.
  void write_fleet() const;
  Load load(const LoadOptions& options = {});
  /// Of the load of everything in the directory; paths relative to it.
  std::string problems(const LoadOptions& options = {});

  Registry registry;
  TestEnvironment environment;
  Redactor redactor;
  Secrets secrets{environment, redactor};

 private:
  std::string directory_;
};

/// The text of a Party named summer at the Cloud `here`; `rest` are lines of its spec, indented.
std::string party(std::string_view rest);

/// The first of its kind; throws when there is none.
const Manifest& only_party(const Load& loaded);

/// "file:line:column: error: message" and the hint on a line of its own, for each.
std::string print(const std::vector<Diagnostic>& diagnostics);

}  // namespace muster::manifests
