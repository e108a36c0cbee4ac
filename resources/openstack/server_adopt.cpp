#include "resources/openstack/server_adopt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "resources/contract/error.h"
#include "resources/openstack/json_access.h"
#include "resources/openstack/server_json.h"
#include "resources/openstack/server_list.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// What a name stands for, or nothing when it stands for nothing: then it cannot be what the server was made from.
template <typename Resolve>
auto resolved(const Resolve& resolve) -> std::optional<decltype(resolve())> {
  try {
    return resolve();
  } catch (const Error& error) {
    if (error.fault() != Fault::invalid) throw;
    return std::nullopt;
  }
}

/// Metadata of which only a part can be read is somebody's stamp too.
std::string words_of_stamp(const Server& server) {
  const auto fleet = server.metadata.find("muster-fleet");
  if (fleet == server.metadata.end()) return {};
  const auto id = server.metadata.find("muster-id");
  return fmt::format("it carries the stamp of fleet {}{}", fleet->second,
                     id == server.metadata.end() ? std::string() : fmt::format(" ({})", id->second));
}

std::string words_of_state(const Server& server, Time now) {
  const ServerState state = state_of(server, now);
  switch (state.condition) {
    case Condition::ready:
      return {};
    case Condition::deleting:
      return "it is being deleted";
    case Condition::failed:
      return fmt::format("it has failed: {}", state.evidence);
    case Condition::incomplete:
    case Condition::progressing:
    case Condition::unknown:
      break;
  }
  return fmt::format("it is not ready: {}", state.evidence);
}

std::string words_of_name(const Server& server, const std::string& wanted) {
  return server.name == wanted ? std::string() : fmt::format("it is called {}, not {}", server.name, wanted);
}

class TakeoverExamination {
 public:
  TakeoverExamination(Client& client, Names& names, const json& server, const Value& wanted, Context& context)
      : client_(client), names_(names), server_(server), wanted_(wanted), context_(context) {}

  std::vector<FieldChange> run() {
    compare_image();
    compare_flavor();
    compare_network();
    compare_key_pair();
    compare_security_groups();
    return std::move(differs_);
  }

 private:
  void differ(const char* field, Value there) { differs_.push_back({field, std::move(there), wanted_.at(field)}); }

  void compare_image() {
    const std::string there = text_at(object_at(server_, "image"), "id");
    const std::string here = wanted_.string_at("image");
    if (there == here && !there.empty()) return;
    const auto image = resolved([&] { return names_.image(here, context_); });
    if (image && image->id == there) return;
    if (there.empty()) return differ("image", {});  // it boots from a volume
    const auto own = resolved([&] { return names_.image(there, context_); });
    const auto by_name = own ? resolved([&] { return names_.image(own->name, context_); }) : std::nullopt;
    differ("image", by_name && by_name->id == there ? own->name : there);
  }

  /// Newer Novas show the flavor's name in a server, older ones its id.
  void compare_flavor() {
    const json& flavor = object_at(server_, "flavor");
    const std::string name = text_at(flavor, "original_name");
    const std::string id = text_at(flavor, "id");
    const std::string there = name.empty() ? id : name;
    const std::string here = wanted_.string_at("flavor");
    if (there == here) return;
    const auto wanted = resolved([&] { return names_.flavor(here, context_); });
    if (wanted && (name.empty() ? wanted->id == id : wanted->name == name)) return;
    differ("flavor", there);
  }

  void compare_network() {
    std::vector<std::string> there;
    for (const auto& [network, addresses] : object_at(server_, "addresses").items()) there.push_back(network);
    const std::string here = wanted_.string_at("network");
    if (std::find(there.begin(), there.end(), here) != there.end()) return;
    const auto network = resolved([&] { return names_.network(here, context_); });
    if (network && is_on(network->id)) return;
    differ("network", there.empty() ? Value() : Value(fmt::format("{}", fmt::join(there, ", "))));
  }

  bool is_on(const std::string& network_id) {
    Call call;
    call.path = fmt::format("/servers/{}/os-interface", net::percent_encode(text_at(server_, "id")));
    call.operation = "servers/{id}/os-interface";
    const json ports = client_.call_json(call, context_);
    const json& list = list_at(ports, "interfaceAttachments");
    return std::any_of(list.begin(), list.end(),
                       [&](const json& port) { return text_at(port, "net_id") == network_id; });
  }

  void compare_key_pair() {
    const std::string there = text_at(server_, "key_name");
    if (there != wanted_.string_at("key_pair")) differ("key_pair", there.empty() ? Value() : Value(there));
  }

  /// A manifest that names none takes what the project gives.
  void compare_security_groups() {
    const Value& here = wanted_.at("security_groups");
    if (!here.is_list() || here.as_list().empty()) return;
    List there;
    std::set<std::string> there_names;
    for (const json& group : list_at(server_, "security_groups")) there_names.insert(text_at(group, "name"));
    for (const std::string& name : there_names) there.emplace_back(name);
    std::set<std::string> here_names;
    for (const Value& group : here.as_list()) here_names.insert(group.as_string());
    if (here_names == there_names || ids_of(here_names) == ids_of(there_names)) return;
    differ("security_groups", std::move(there));
  }

  std::set<std::string> ids_of(const std::set<std::string>& groups) {
    std::set<std::string> ids;
    for (const std::string& group : groups) {
      ids.insert(resolved([&] { return names_.security_group_id(group, context_); }).value_or("? " + group));
    }
    return ids;
  }

  Client& client_;
  Names& names_;
  const json& server_;
  const Value& wanted_;
  Context& context_;
  std::vector<FieldChange> differs_;
};

}  // namespace

Takeover examine_server(Client& client, Names& names, const Resource& resource, const Observed& observed,
                        Context& context) {
  const std::optional<json> raw = read_server_json(client, observed.backend_id, context);
  if (!raw) return {{}, "it is gone"};
  const Server server = server_from(*raw);
  const std::string name = resource.wanted.string_at("name");
  for (std::string why :
       {words_of_stamp(server), words_of_name(server, name), words_of_state(server, context.clock.now())}) {
    if (!why.empty()) return {{}, std::move(why)};
  }
  return {TakeoverExamination(client, names, *raw, resource.wanted, context).run(), {}};
}

void refuse_others_server(const Server& server, const Resource& resource, const Stamp& stamp, Time now) {
  const auto carried = stamp_from(server.metadata);
  const bool is_ours = carried && carried->fleet == stamp.fleet && carried->id == stamp.id;
  for (const std::string& why :
       {is_ours ? std::string() : words_of_stamp(server), words_of_name(server, resource.wanted.string_at("name")),
        words_of_state(server, now)}) {
    if (why.empty()) continue;
    throw Error(Fault::conflict, fmt::format("the server {} cannot be adopted any more: {}", server.id, why),
                "run muster adopt again to see how things stand");
  }
}

}  // namespace muster::openstack
