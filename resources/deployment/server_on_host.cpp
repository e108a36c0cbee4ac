#include "resources/deployment/server_on_host.h"

#include <fmt/format.h>

#include <filesystem>

#include "resources/contract/machine.h"

namespace muster::deployment {
namespace {

constexpr std::string_view address_word = "{address}";

/// A path in a manifest is relative to that, and the connection has no manifest of its own.
std::string absolute_beside(const Manifest& server, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(server.where("spec.caFile").file).parent_path();
  return std::filesystem::absolute(folder / path).lexically_normal().string();
}

Value with_address(const std::string& url, const ResourceId& machine) {
  const std::size_t at = url.find(address_word);
  if (at == std::string::npos) return url;
  return Hole(Text{{url.substr(0, at), Hole(Ref{machine, "ipv4"}), url.substr(at + address_word.size())}});
}

}  // namespace

std::vector<Diagnostic> faults_of_host(const Manifest& server, const Catalog& catalog) {
  const bool has_host = server.spec.at("host").is_map();
  std::vector<Diagnostic> faults;
  if (!has_host && server.spec.string_at("url").find(address_word) != std::string::npos) {
    faults.push_back({Severity::error, server.where("spec.url"),
                      "spec.url: {address} is the address of a host, and there is none",
                      "add host: {workshop: NAME, name: HOST}"});
  }
  for (const Manifest* other : catalog.of_kind(server.kind)) {
    if (other->name >= server.name || other->spec.at("host") != server.spec.at("host")) continue;
    if (!has_host && other->spec.at("url") == server.spec.at("url"))
      faults.push_back({Severity::error, server.where("spec.url"), fmt::format("{} is the same server", other->key()),
                        "name it once: its deployments would be taken from each other"});
    if (!has_host) continue;
    faults.push_back({Severity::error, server.where("spec.host"),
                      fmt::format("{} runs on that host already", other->key()), "one IpdServer per host"});
  }
  return faults;
}

std::optional<OfferedConnection> connection_through_host(const Manifest& server, const Catalog& catalog) {
  const Manifest* workshop = catalog.find("Workshop", server.spec.string_at("host.workshop"));
  if (workshop == nullptr) return std::nullopt;
  const auto machine = machine_of(*workshop, server.spec.string_at("host.name"));
  if (!machine) return std::nullopt;
  Map spec = server.spec.as_map();
  spec.erase("host");
  spec["name"] = server.name;
  spec["url"] = with_address(server.spec.string_at("url"), *machine);
  if (const std::string file = server.spec.string_at("caFile"); !file.empty())
    spec["caFile"] = absolute_beside(server, file);
  // Another machine in its place is another server, even at the same address.
  spec["incarnation"] = Hole(Ref{*machine, "incarnation"});
  return OfferedConnection{server.kind, *machine, std::move(spec)};
}

}  // namespace muster::deployment
