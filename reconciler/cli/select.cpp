#include "reconciler/cli/select.h"

#include <algorithm>
#include <functional>
#include <set>

#include "resources/contract/error.h"

namespace muster::cli {
namespace {

std::string after_slash(const std::string& text) { return text.substr(text.rfind('/') + 1); }

bool is_manifest(const Resource& resource, const std::string& name) {
  return resource.group == name || after_slash(resource.group) == name;
}

/// A host's own resources have its name as a part of theirs: my-event/abcde, example.com/abcde.my-event/A.
bool is_host(const Resource& resource, const std::string& name) {
  const std::string path = "/" + resource.id.name + "/";
  return path.find("/" + name + "/") != std::string::npos || path.find("/" + name + ".") != std::string::npos;
}

using Matches = std::function<bool(const Resource&, const std::string&)>;

std::vector<Resource> chosen(const manifests::Load& load, const std::vector<std::string>& names, const Matches& matches,
                             const std::set<std::string>& known) {
  std::set<ResourceId> ids;
  for (const std::string& name : names) {
    bool any = false;
    for (const Resource& resource : load.resources) {
      if (!matches(resource, name)) continue;
      any = true;
      ids.insert(resource.id);
    }
    if (any) continue;
    const std::string close = did_you_mean(name, {known.begin(), known.end()});
    throw Error(Fault::usage, "nothing in the manifests is called '" + name + "'",
                close.empty() ? "muster render prints all names there are" : "did you mean '" + close + "'?");
  }
  std::vector<Resource> result;
  std::copy_if(load.resources.begin(), load.resources.end(), std::back_inserter(result),
               [&](const Resource& resource) { return ids.contains(resource.id); });
  return result;
}

std::set<std::string> manifest_names(const manifests::Load& load) {
  std::set<std::string> names;
  for (const Resource& resource : load.resources) {
    names.insert(resource.group);
    names.insert(after_slash(resource.group));
  }
  return names;
}

}  // namespace

std::vector<Resource> resources_named(const manifests::Load& load, const std::vector<std::string>& names) {
  return chosen(load, names, is_manifest, manifest_names(load));
}

std::vector<Resource> resources_meant(const manifests::Load& load, const std::vector<std::string>& names) {
  std::set<std::string> known = manifest_names(load);
  for (const Resource& resource : load.resources) {
    known.insert(resource.id.to_string());
    known.insert(after_slash(resource.id.name));
  }
  const auto matches = [](const Resource& resource, const std::string& name) {
    return is_manifest(resource, name) || resource.id.to_string() == name || is_host(resource, name);
  };
  return chosen(load, names, matches, known);
}

}  // namespace muster::cli
