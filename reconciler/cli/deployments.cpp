#include "reconciler/cli/deployments.h"

#include <map>
#include <utility>

namespace muster::cli {
namespace {

std::string status_word(const Observed& object) {
  switch (object.condition) {
    case Condition::ready:
      return object.attributes.string_at("status", "ok");
    case Condition::incomplete:
    case Condition::progressing:
      return "being deployed";
    case Condition::failed:
      return "failed";
    case Condition::deleting:
    case Condition::unknown:
      break;
  }
  return "could not be read";
}

/// "shop/web": the server's name and the project's.
DeploymentRow row_of(const ResourceId& id) {
  DeploymentRow row;
  const std::size_t slash = id.name.find('/');
  row.id = id;
  row.server = id.name.substr(0, slash);
  row.project = slash == std::string::npos ? id.name : id.name.substr(slash + 1);
  row.status = "not there";
  return row;
}

}  // namespace

bool is_deployment_kind(std::string_view kind) { return kind == "ipd.deployment"; }

std::vector<DeploymentRow> deployment_rows(const std::vector<Resource>& resources, const plan::Snapshot& snapshot) {
  std::map<ResourceId, DeploymentRow> rows;
  for (const Resource& resource : resources) {
    if (!is_deployment_kind(resource.id.kind)) continue;
    DeploymentRow& row = rows.emplace(resource.id, row_of(resource.id)).first->second;
    row.group = resource.group;
    row.wanted = resource.wanted.string_at("version");
    for (const std::string& connection : resource.connection.candidates)
      if (!snapshot.is_complete({connection, resource.id.kind})) row.status = "could not be read";
  }
  for (const auto& [id, object] : snapshot.objects) {
    if (!is_deployment_kind(id.kind)) continue;
    const auto known = rows.find(id);
    if (known == rows.end() && object.ownership == Ownership::foreign) continue;
    DeploymentRow& row = rows.emplace(id, row_of(id)).first->second;
    row.runs = object.attributes.string_at("version");
    row.user = object.attributes.string_at("user");
    row.status = status_word(object) + (object.ownership == Ownership::foreign ? " (not ours)" : "");
    if (object.since != Time{}) row.since = object.since;
  }
  std::vector<DeploymentRow> sorted;
  for (auto& [id, row] : rows) sorted.push_back(std::move(row));
  return sorted;
}

}  // namespace muster::cli
