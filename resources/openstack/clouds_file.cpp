#include "resources/openstack/clouds_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::openstack {
namespace {

namespace fs = std::filesystem;
using Values = std::map<std::string, std::string, std::less<>>;

std::vector<fs::path> candidates(std::string_view stem, std::string_view variable, const Environment& environment) {
  if (const auto named = environment.get(variable)) return {*named};
  std::vector<fs::path> folders{"."};
  if (const auto config = environment.get("XDG_CONFIG_HOME")) {
    folders.push_back(fs::path(*config) / "openstack");
  } else if (const auto home = environment.get("HOME")) {
    folders.push_back(fs::path(*home) / ".config" / "openstack");
  }
  folders.emplace_back("/etc/openstack");
  std::vector<fs::path> files;
  for (const fs::path& folder : folders) {
    for (const char* const ending : {".yaml", ".yml"}) files.push_back(folder / (std::string(stem) + ending));
  }
  return files;
}

std::optional<fs::path> first_existing(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    std::error_code ignored;
    if (fs::exists(file, ignored)) return file;
  }
  return std::nullopt;
}

YAML::Node load(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {
    throw Error(Fault::invalid, fmt::format("{} is a directory", file.string()), "name the file in it");
  }
  try {
    return YAML::LoadFile(file.string());
  } catch (const YAML::BadFile&) {
    throw Error(Fault::invalid, fmt::format("{} cannot be read", file.string()), "check its permissions");
  } catch (const YAML::Exception& error) {
    throw Error(Fault::invalid,
                fmt::format("{}:{}:{}: {}", file.string(), error.mark.line + 1, error.mark.column + 1, error.msg),
                "it has to be YAML: check indentation, quotes and brackets there and above");
  }
}

void flatten(const YAML::Node& node, const std::string& prefix, Values& values) {
  if (node.IsScalar()) values[prefix] = node.Scalar();
  if (node.IsSequence() && node.size() == 1 && node[0].IsScalar()) values[prefix] = node[0].Scalar();
  if (!node.IsMap()) return;
  for (const auto& member : node) {
    flatten(member.second, prefix.empty() ? member.first.Scalar() : prefix + "." + member.first.Scalar(), values);
  }
}

/// The entry, or an undefined node. `names` gets all there are.
YAML::Node find_entry(const YAML::Node& document, std::string_view cloud, std::vector<std::string>& names) {
  YAML::Node entry(YAML::NodeType::Undefined);
  const YAML::Node clouds = document.IsMap() ? document["clouds"] : YAML::Node();
  if (!clouds || !clouds.IsMap()) return entry;
  for (const auto& member : clouds) {
    names.push_back(member.first.Scalar());
    if (names.back() == cloud) entry.reset(member.second);
  }
  return entry;
}

}  // namespace

CloudEntry read_cloud_entry(std::string_view cloud, const Environment& environment) {
  const auto places = candidates("clouds", "OS_CLIENT_CONFIG_FILE", environment);
  const auto file = first_existing(places);
  if (!file) {
    std::vector<std::string> texts;
    for (const fs::path& place : places) texts.push_back(place.string());
    throw Error(Fault::invalid, fmt::format("there is no clouds.yaml to find the cloud \"{}\" in", cloud),
                fmt::format("looked for: {}", fmt::join(texts, ", ")));
  }
  std::vector<std::string> names;
  const YAML::Node entry = find_entry(load(*file), cloud, names);
  if (!entry.IsDefined() || !entry.IsMap()) {
    const std::string similar = did_you_mean(cloud, names);
    throw Error(Fault::invalid, fmt::format("{} has no cloud \"{}\"", file->string(), cloud),
                names.empty()     ? "it has none: every cloud is an entry below the key `clouds`"
                : similar.empty() ? fmt::format("it has: {}", fmt::join(names, ", "))
                                  : fmt::format("did you mean \"{}\"?", similar));
  }
  CloudEntry result{file->string(), {}};
  flatten(entry, "", result.values);
  if (const auto secure = first_existing(candidates("secure", "OS_CLIENT_SECURE_FILE", environment))) {
    std::vector<std::string> others;
    const YAML::Node overlay = find_entry(load(*secure), cloud, others);
    if (overlay.IsDefined()) flatten(overlay, "", result.values);
  }
  return result;
}

}  // namespace muster::openstack
