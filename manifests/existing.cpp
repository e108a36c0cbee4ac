#include "manifests/existing.h"

#include <algorithm>

#include "manifests/file_text.h"
#include "manifests/load.h"
#include "manifests/manifest_files.h"
#include "manifests/yaml_reader.h"

namespace muster::manifests {

bool has_manifest_of(const std::string& directory, std::string_view kind) {
  const LoadLimits limits;
  const auto is_of_kind = [&](const Document& document) {
    const Member* member = document.root->find("kind");
    return member != nullptr && member->value->shape == Node::Shape::scalar && member->value->text == kind;
  };
  for (const std::string& path : find_manifest_files({directory}, limits.files).paths) {
    const YamlFile file = read_yaml(path, read_file_text(path, limits.file_bytes).text, limits.document_nodes);
    if (std::any_of(file.documents.begin(), file.documents.end(), is_of_kind)) return true;
  }
  return false;
}

}  // namespace muster::manifests
