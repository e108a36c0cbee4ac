// A file of manifests, from its bytes to resources. No secret is read: its command could be anything.

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "manifests/file_text.h"
#include "manifests/load.h"
#include "manifests/yaml_reader.h"
#include "resources/builtin.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

/// Loading reads files; this one is in no directory, and gone with the process however that ends.
class ManifestFile {
 public:
  ManifestFile() : descriptor_(::memfd_create("event.yaml", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no file in memory");
  }
  ~ManifestFile() { ::close(descriptor_); }
  ManifestFile(const ManifestFile&) = delete;
  ManifestFile& operator=(const ManifestFile&) = delete;

  std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }
  void write(std::string_view text) const {
    const bool is_written = ::ftruncate(descriptor_, 0) == 0 &&
                            ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    if (!is_written) throw std::runtime_error("a file in memory cannot be written");
  }

 private:
  int descriptor_;
};

void look_at(const std::vector<Diagnostic>& diagnostics, std::string_view text) {
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const Diagnostic& one : diagnostics) {
    require(!one.message.empty(), "a diagnostic says something");
    require(one.where.line >= 0 && one.where.line <= lines, "a diagnostic names a line that is there");
    require(manifests::find_invalid_utf8(one.message + one.hint) == std::string::npos, "a diagnostic is text");
  }
}

bool is_whole(const manifests::YamlFile& file) { return file.diagnostics.empty() && !file.documents.empty(); }

}  // namespace

void fuzz_manifests(std::string_view input) {
  constexpr std::size_t most_nodes = 200'000;
  const manifests::YamlFile file = manifests::read_yaml("event.yaml", input, most_nodes);
  look_at(file.diagnostics, input);
  // Loading asks git for the revision: that is only worth while for YAML.
  if (!is_whole(file)) return;
  static const ManifestFile written;
  static const Registry registry = builtin_registry();
  written.write(input);
  Surroundings around;
  manifests::Secrets secrets(around.environment, around.redactor);
  manifests::LoadOptions options;
  options.reveal_secrets = false;
  options.limits.document_nodes = most_nodes;
  const manifests::Load load = manifests::load({written.path()}, registry, secrets, options);
  look_at(load.diagnostics, input);
  for (const Resource& resource : load.resources) {
    require(value_from_json(to_canonical_json(resource.wanted)) == resource.wanted,
            "what is wanted is written and read as it was");
  }
}

}  // namespace muster::fuzz
