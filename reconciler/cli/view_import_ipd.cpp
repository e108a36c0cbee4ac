#include "reconciler/cli/view_import_ipd.h"

#include <algorithm>

#include "reconciler/cli/json.h"
#include "reconciler/cli/table.h"

namespace muster::cli {

std::string imported_ipd_text(const ImportedIpd& shown, int width) {
  Table table{.header = {"Project", "Version", "Status", "Who looks after it"}, .absent = "-"};
  for (const Observed& one : shown.projects)
    table.rows.push_back(
        {one.backend_id, one.attributes.string_at("version"), one.attributes.string_at("status"), one.evidence});
  std::string text = table.to_string(static_cast<std::size_t>(std::max(width, 1))) + "\n";
  for (const std::string& path : shown.written) text += "wrote " + path + "\n";
  return text;
}

std::string imported_ipd_next_steps() {
  return "\nNext\n"
         "  1. put the image and the package of each project beside its deployment.yaml: a server does not give them "
         "back\n"
         "  2. muster validate\n"
         "  3. muster adopt: takes what runs as it is; what has the digests that the manifests name is not deployed "
         "again\n";
}

std::string imported_ipd_records(const ImportedIpd& shown) {
  std::string text;
  for (const Observed& one : shown.projects) {
    Json json = record("imported_project");
    json["project"] = one.backend_id;
    for (const char* field : {"version", "image_sha256", "package_sha256"})
      json[field] = one.attributes.string_at(field);
    text += line(json);
  }
  for (const std::string& path : shown.written) {
    Json json = record("written");
    json["path"] = path;
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
