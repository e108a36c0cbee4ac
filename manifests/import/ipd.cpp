#include "manifests/import/ipd.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>

namespace muster::manifests {
namespace {

constexpr std::size_t longest_label = 63;

/// As a DNS label; empty when nothing of it is left.
std::string label_of(std::string_view text) {
  std::string label;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const char next = byte < 128 && std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
    if (next != '-' || (!label.empty() && label.back() != '-')) label += next;
  }
  label = label.substr(0, longest_label);
  while (label.ends_with('-')) label.pop_back();
  return label;
}

std::string unused(const std::string& label, std::set<std::string>& taken) {
  std::string name = label.empty() ? "project" : label;
  for (int number = 2; !taken.insert(name).second; ++number)
    name = fmt::format("{}-{}", (label.empty() ? "project" : label).substr(0, longest_label - 6), number);
  return name;
}

/// A JSON text is a YAML one.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_version(std::string_view text) {
  constexpr std::size_t longest = 128;
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return !text.empty() && text.size() <= longest && is_printable && text.front() != ' ' && text.back() != ' ';
}

std::string server_manifest(const std::string& name, const IpdImportOptions& options) {
  std::string text = fmt::format(R"(# yaml-language-server: $schema=muster.schema.json
apiVersion: muster/v1
kind: IpdServer
metadata:
  name: {}
spec:
  url: {}
  token: {{env: {}}}
)",
                                 quoted(name), quoted(options.url), options.variable);
  if (!options.ca_file.empty()) text += fmt::format("  caFile: {}\n", quoted(options.ca_file));
  return text;
}

/// control.sh finds the image by the name it was sent with.
std::string image_name_of(const IpdProject& project) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const std::string& name = project.image_name;
  const bool is_plain = name.find_first_not_of(plain) == std::string::npos && !name.empty() && name.front() != '.';
  return is_plain ? quoted(name) : "image.tar.gz";
}

std::string with_digest(const std::string& path, const std::string& digest) {
  return digest.empty() ? path : fmt::format("{}  # what runs has the SHA-256 {}", path, digest);
}

std::string deployment_manifest(const std::string& name, const std::string& server, const IpdProject& project) {
  std::string text = fmt::format(R"(# yaml-language-server: $schema=../muster.schema.json
apiVersion: muster/v1
kind: Deployment
metadata:
  name: {}
spec:
  server: {}
  project: {}
)",
                                 quoted(name), quoted(server), quoted(project.name));
  if (is_version(project.version)) text += fmt::format("  version: {}\n", quoted(project.version));
  text += "  # Put them there as they were sent: with these digests nothing is deployed.\n";
  text += fmt::format("  image: {}\n", with_digest(image_name_of(project), project.image_sha256));
  text += fmt::format("  package: {}\n", with_digest("package.tar", project.package_sha256));
  if (project.exit_codes == "usual") text += "  exitCodes: usual\n";
  return text;
}

}  // namespace

std::string ipd_server_name(const std::string& url) {
  const std::size_t scheme = url.find("://");
  std::string host = scheme == std::string::npos ? url : url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of(":/"));
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos || host.starts_with('[');
  const std::string label = is_address ? std::string() : label_of(host.substr(0, host.find('.')));
  return label.empty() || label == "localhost" ? "ipd" : label;
}

std::vector<StarterFile> import_ipd(const std::vector<IpdProject>& projects, const IpdImportOptions& options) {
  const std::string server = ipd_server_name(options.url);
  std::vector<StarterFile> files;
  if (!options.uid.empty()) files.push_back({"fleet.yaml", fleet_head(quoted(server), options.uid)});
  files.push_back({fmt::format("server-{}.yaml", server), server_manifest(server, options)});
  std::set<std::string> taken;
  for (const IpdProject& project : projects) {
    const std::string name = unused(label_of(project.name), taken);
    files.push_back({name + "/deployment.yaml", deployment_manifest(name, server, project)});
  }
  std::sort(files.begin(), files.end(),
            [](const StarterFile& one, const StarterFile& other) { return one.path < other.path; });
  return files;
}

}  // namespace muster::manifests
