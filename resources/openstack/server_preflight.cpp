#include "resources/openstack/server_preflight.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "resources/contract/error.h"
#include "resources/openstack/server_request.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// The fewest bytes `value` can have once its holes are filled: what is known of it, without any syntax.
std::size_t least_size(const Value& value) {
  std::size_t size = 0;
  if (value.is_string()) size = value.as_string().size();
  if (value.is_list()) {
    for (const Value& item : value.as_list()) size += least_size(item);
  }
  if (value.is_map()) {
    for (const auto& [key, member] : value.as_map()) size += key.size() + least_size(member);
  }
  if (value.is_hole()) {
    if (const auto* text = std::get_if<Text>(&value.as_hole())) {
      for (const Value& part : text->parts) size += least_size(part);
    }
    if (const auto* document = std::get_if<Document>(&value.as_hole())) {
      size = document->header.size() + least_size(document->body);
    }
  }
  return size;
}

struct Demand {
  std::int64_t servers = 0;
  std::int64_t cores = 0;
  std::int64_t ram_mb = 0;

  void add(const Flavor& flavor) {
    servers += 1;
    cores += flavor.vcpus;
    ram_mb += flavor.ram_mb;
  }
};

/// Gathers problems; the same words at the same place appear once, however many hosts share them.
class Check {
 public:
  Check(Client& client, Names& names, Context& context) : client_(client), names_(names), context_(context) {}

  void look_at(const PlannedWrite& write);
  void check_quota();
  std::vector<Diagnostic> take();

 private:
  /// Runs `look_up`; its error becomes a diagnostic at the manifest. Nothing then.
  template <typename LookUp>
  auto attempted(const Resource& resource, const LookUp& look_up) -> std::optional<decltype(look_up())>;
  void check_fit(const Resource& resource, const Image& image, const Flavor& flavor);
  void check_user_data(const Resource& resource);
  void check_one_quota(const json& limits, const char* maximum, const char* used, std::string_view what,
                       std::int64_t creates, std::int64_t replacements);

  Client& client_;
  Names& names_;
  Context& context_;
  std::vector<Diagnostic> diagnostics_;
  Demand creates_;
  Demand replacements_;
  Origin first_origin_;
};

template <typename LookUp>
auto Check::attempted(const Resource& resource, const LookUp& look_up) -> std::optional<decltype(look_up())> {
  try {
    return look_up();
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    diagnostics_.push_back({Severity::error, resource.origin, error.message(), error.hint()});
    return std::nullopt;
  }
}

void Check::look_at(const PlannedWrite& write) {
  if (write.resource == nullptr || (write.verb != Verb::create && write.verb != Verb::replace)) return;
  const Resource& resource = *write.resource;
  const Value& wanted = resource.wanted;
  if (creates_.servers + replacements_.servers == 0) first_origin_ = resource.origin;
  const auto image = attempted(resource, [&] { return names_.image(wanted.string_at("image"), context_); });
  const auto flavor = attempted(resource, [&] { return names_.flavor(wanted.string_at("flavor"), context_); });
  attempted(resource, [&] { return names_.network_id(wanted.string_at("network"), context_); });
  if (const std::string key_pair = wanted.string_at("key_pair"); !key_pair.empty()) {
    attempted(resource, [&] {
      names_.check_key_pair(key_pair, context_);
      return true;
    });
  }
  if (const Value& groups = wanted.at("security_groups"); groups.is_list()) {
    for (const Value& group : groups.as_list()) {
      attempted(resource, [&] { return names_.security_group_id(group.as_string(), context_); });
    }
  }
  if (image && flavor) check_fit(resource, *image, *flavor);
  check_user_data(resource);
  (write.verb == Verb::create ? creates_ : replacements_).add(flavor.value_or(Flavor{}));
}

void Check::check_fit(const Resource& resource, const Image& image, const Flavor& flavor) {
  // A flavor without a disk of its own boots from the network and takes any image.
  if (flavor.disk_gb > 0 && image.min_disk_gb > flavor.disk_gb) {
    diagnostics_.push_back({Severity::error, resource.origin,
                            fmt::format("the image \"{}\" needs a disk of {} GB, the flavor \"{}\" has {}", image.name,
                                        image.min_disk_gb, flavor.name, flavor.disk_gb),
                            "choose a larger flavor or another image"});
  }
  if (image.min_ram_mb > flavor.ram_mb) {
    diagnostics_.push_back({Severity::error, resource.origin,
                            fmt::format("the image \"{}\" needs {} MB of memory, the flavor \"{}\" has {}", image.name,
                                        image.min_ram_mb, flavor.name, flavor.ram_mb),
                            "choose a larger flavor or another image"});
  }
}

void Check::check_user_data(const Resource& resource) {
  const Value& user_data = resource.wanted.at("user_data");
  const std::size_t encoded = base64_size(least_size(user_data));
  if (encoded <= most_encoded_user_data) return;
  diagnostics_.push_back({Severity::error, resource.origin,
                          fmt::format("the user data takes {}{} encoded bytes, Nova accepts {}",
                                      user_data.is_string() ? "" : "at least ", encoded, most_encoded_user_data),
                          "shorten the post-install script, or let it fetch its larger part"});
}

void Check::check_one_quota(const json& limits, const char* maximum, const char* used, std::string_view what,
                            std::int64_t creates, std::int64_t replacements) {
  const std::int64_t limit = limits.value(maximum, std::int64_t{-1});
  const std::int64_t taken = limits.value(used, std::int64_t{0});
  if (limit < 0 || creates + replacements == 0 || taken + creates + replacements <= limit) return;
  // Replacements need room only while the old server still stands, so they may pass one after the other.
  const bool certain = taken + creates > limit;
  diagnostics_.push_back(
      {certain ? Severity::error : Severity::warning, first_origin_,
       fmt::format("the project's quota allows {} {}, {} are used, the plan needs {} more", limit, what, taken,
                   creates + replacements),
       "remove what is no longer needed, or ask the provider for a higher quota"});
}

void Check::check_quota() {
  if (creates_.servers + replacements_.servers == 0) return;
  Resource anywhere;
  anywhere.origin = first_origin_;
  const auto answer = attempted(anywhere, [&] {
    Call call;
    call.path = "/limits";
    call.operation = "limits";
    return client_.call_json(call, context_);
  });
  if (!answer || !answer->contains("limits")) return;
  const json limits = (*answer)["limits"].value("absolute", json::object());
  check_one_quota(limits, "maxTotalInstances", "totalInstancesUsed", "servers", creates_.servers,
                  replacements_.servers);
  check_one_quota(limits, "maxTotalCores", "totalCoresUsed", "cores", creates_.cores, replacements_.cores);
  check_one_quota(limits, "maxTotalRAMSize", "totalRAMUsed", "MB of memory", creates_.ram_mb, replacements_.ram_mb);
}

std::vector<Diagnostic> Check::take() {
  sort_diagnostics(diagnostics_);
  return std::move(diagnostics_);
}

}  // namespace

std::vector<Diagnostic> preflight_servers(Client& client, Names& names, const std::vector<PlannedWrite>& writes,
                                          Context& context) {
  Check check(client, names, context);
  for (const PlannedWrite& write : writes) check.look_at(write);
  check.check_quota();
  return check.take();
}

}  // namespace muster::openstack
