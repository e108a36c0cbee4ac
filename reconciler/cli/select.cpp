#include "reconciler/cli/select.h"

#include <algorithm>

#include "reconciler/cli/workspace.h"

namespace muster::cli {
namespace {

std::vector<std::vector<HostRow>*> tables_of(HostLists& lists) {
  return {&lists.hosts, &lists.orphaned_servers, &lists.orphaned_domains};
}

}  // namespace

std::vector<Resource> resources_meant(const manifests::Load& load, const std::vector<std::string>& patterns) {
  const std::set<ResourceId> ids = plan::ids_meant(patterns, plan::subjects_of(load.resources, load.manifests, {}));
  std::vector<Resource> result;
  std::copy_if(load.resources.begin(), load.resources.end(), std::back_inserter(result),
               [&](const Resource& resource) { return ids.contains(resource.id); });
  return result;
}

apply::PassOptions pass_options(const Options& options, plan::Goal goal) {
  plan::Selection selection{options.only, options.except};
  selection.only.insert(selection.only.end(), options.words.begin(), options.words.end());
  return {.plan = {.goal = goal,
                   .allow = options.allow,
                   .rollback = options.rollback,
                   .partial = names_single_files(options),
                   .leftovers = true},
          .selection = std::move(selection)};
}

void narrow(HostLists& lists, std::vector<DeploymentRow>& deployments, const manifests::Load& load,
            const plan::Selection& selection) {
  if (selection.empty()) return;
  std::set<ResourceId> ids;
  for (const std::vector<HostRow>* rows : tables_of(lists)) {
    for (const HostRow& row : *rows) ids.insert(row.ids.begin(), row.ids.end());
  }
  for (const DeploymentRow& row : deployments) ids.insert(row.id);
  const std::vector<plan::Subject> subjects = plan::subjects_of(load.resources, load.manifests, ids);
  const std::set<ResourceId> only = plan::ids_meant(selection.only, subjects);
  const std::set<ResourceId> except = plan::ids_meant(selection.except, subjects);
  plan::refuse_if_empty(selection, only, except, subjects);
  const auto any_of = [](const HostRow& row, const std::set<ResourceId>& chosen) {
    return std::any_of(row.ids.begin(), row.ids.end(), [&](const ResourceId& id) { return chosen.contains(id); });
  };
  for (std::vector<HostRow>* rows : tables_of(lists)) {
    std::erase_if(*rows, [&](const HostRow& row) {
      return (!selection.only.empty() && !any_of(row, only)) || any_of(row, except);
    });
  }
  std::erase_if(deployments, [&](const DeploymentRow& row) {
    return (!selection.only.empty() && !only.contains(row.id)) || except.contains(row.id);
  });
}

}  // namespace muster::cli
