#include "resources/openstack/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "resources/contract/diagnostic.h"
#include "resources/net/json_body.h"
#include "resources/openstack/json_access.h"

namespace muster::openstack {
namespace {

using nlohmann::json;

/// A collection that never ends would be a server's mistake; so many pages are none we meet.
constexpr int most_pages = 200;

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

/// One page after the other, by the id of the last item: all of Nova, Glance and Neutron understand limit and marker.
std::vector<json> read_all(Client& client, Service service, const std::string& path, const std::string& member,
                           Context& context) {
  std::vector<json> items;
  std::string marker;
  for (int page = 0; page < most_pages; ++page) {
    Call call;
    call.service = service;
    call.operation = path.substr(1, path.find('?') - 1);
    call.path = fmt::format("{}{}limit=1000{}", path, path.find('?') == std::string::npos ? "?" : "&",
                            marker.empty() ? "" : "&marker=" + net::percent_encode(marker));
    const json body = client.call_json(call, context);
    const json& found = list_at(body, member.c_str());
    items.insert(items.end(), found.begin(), found.end());
    const bool more = body.contains(member + "_links") || body.contains("next");
    if (!more || found.empty()) break;
    const json& links = body.contains("next") ? body["next"] : body[member + "_links"];
    const bool has_next = links.is_string() || std::any_of(links.begin(), links.end(), [](const json& link) {
                            return text_at(link, "rel") == "next";
                          });
    if (!has_next) break;
    marker = text_at(found.back(), "id");
  }
  return items;
}

/// The object of that id; nothing when there is none.
std::optional<json> read_one(Client& client, Service service, const std::string& collection, const std::string& id,
                             Context& context) {
  Call call;
  call.service = service;
  call.path = fmt::format("/{}/{}", collection, net::percent_encode(id));
  call.operation = collection + "/{id}";
  call.accepted = {400, 404};
  const net::HttpAnswer answer = client.call(call, context);
  json body = net::json_body(answer.body);
  if (answer.status != 200 || !body.is_object()) return std::nullopt;
  return body;
}

[[noreturn]] void none(const std::string& what, const std::string& wanted, std::vector<std::string> known) {
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  const std::string similar = did_you_mean(wanted, known);
  std::string hint;
  if (!similar.empty()) {
    hint = fmt::format("did you mean \"{}\"?", similar);
  } else if (known.empty()) {
    hint = fmt::format("the project sees no {} at all", what);
  } else {
    const std::size_t shown = std::min<std::size_t>(known.size(), 12);
    hint = fmt::format("there are: {}{}",
                       fmt::join(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       shown < known.size() ? ", ..." : "");
  }
  throw Error(Fault::invalid, fmt::format("there is no {} \"{}\"", what, wanted), hint);
}

[[noreturn]] void several(const std::string& what, const std::string& wanted, std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  throw Error(Fault::invalid, fmt::format("{} are called \"{}\": {}", what, wanted, fmt::join(ids, ", ")),
              "write the id instead of the name");
}

std::vector<std::string> names_of(const std::vector<json>& items) {
  std::vector<std::string> names;
  for (const json& item : items) names.push_back(text_at(item, "name"));
  return names;
}

[[noreturn]] void not_active(const std::string& image, const std::string& status) {
  throw Error(Fault::invalid, fmt::format("the image \"{}\" is {}, not active", image, status),
              status == "queued" || status == "saving" || status == "importing"
                  ? "wait until its upload is over, or choose another image"
                  : "activate it, or choose another image");
}

Image image_from(const json& item) {
  return {text_at(item, "id"), text_at(item, "name"), number_at(item, "min_disk"), number_at(item, "min_ram"),
          std::max(number_at(item, "size"), number_at(item, "virtual_size"))};
}

Flavor flavor_from(const json& item) {
  return {text_at(item, "id"), text_at(item, "name"), number_at(item, "vcpus"), number_at(item, "ram"),
          number_at(item, "disk")};
}

}  // namespace

template <typename Thing, typename LookUp>
Thing Names::remembered(Answers<Thing>& answers, const std::string& name, const LookUp& look_up) {
  auto answer = answers.find(name);
  if (answer == answers.end()) {
    try {
      answer = answers.emplace(name, look_up()).first;
    } catch (const Error& error) {
      if (error.fault() != Fault::invalid) throw;
      answer = answers.emplace(name, error).first;
    }
  }
  if (const Error* error = std::get_if<Error>(&answer->second)) throw *error;
  return std::get<Thing>(answer->second);
}

Image Names::image(const std::string& name_or_id, Context& context) {
  const std::lock_guard lock(mutex_);
  return remembered(images_, name_or_id, [&] { return find_image(name_or_id, context); });
}

Image Names::find_image(const std::string& name_or_id, Context& context) {
  std::vector<Image> found;
  if (is_uuid(name_or_id)) {
    if (const auto item = read_one(client_, Service::image, "images", name_or_id, context)) {
      if (text_at(*item, "status") != "active") not_active(name_or_id, text_at(*item, "status"));
      found.push_back(image_from(*item));
    }
  }
  if (found.empty()) {
    const std::string path = "/images?status=active&name=" + net::percent_encode(name_or_id);
    for (const json& item : read_all(client_, Service::image, path, "images", context)) {
      // Glance reads operators like "in:" in a filter, so the name is compared here again.
      if (text_at(item, "name") == name_or_id) found.push_back(image_from(item));
    }
  }
  if (found.empty()) refuse_inactive(name_or_id, context);
  if (found.empty()) {
    none("image", name_or_id, names_of(read_all(client_, Service::image, "/images?status=active", "images", context)));
  }
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const Image& image : found) ids.push_back(image.id);
    several(fmt::format("{} images", found.size()), name_or_id, ids);
  }
  return found.front();
}

/// Tells an image that is there but cannot be booted yet, or no more, from one that is not there.
void Names::refuse_inactive(const std::string& name, Context& context) {
  for (const json& item :
       read_all(client_, Service::image, "/images?name=" + net::percent_encode(name), "images", context)) {
    if (text_at(item, "name") == name) not_active(name, text_at(item, "status"));
  }
}

const std::vector<Flavor>& Names::flavors(Context& context) {
  if (!flavors_) {
    std::vector<Flavor> all;
    for (const json& item : read_all(client_, Service::compute, "/flavors/detail", "flavors", context)) {
      all.push_back(flavor_from(item));
    }
    flavors_ = std::move(all);
  }
  return *flavors_;
}

Flavor Names::flavor(const std::string& name_or_id, Context& context) {
  const std::lock_guard lock(mutex_);
  std::vector<Flavor> found;
  std::vector<std::string> known;
  for (const Flavor& flavor : flavors(context)) {
    known.push_back(flavor.name);
    if (flavor.id == name_or_id) return flavor;
    if (flavor.name == name_or_id) found.push_back(flavor);
  }
  if (found.empty()) none("flavor", name_or_id, known);
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const Flavor& flavor : found) ids.push_back(flavor.id);
    several(fmt::format("{} flavors", found.size()), name_or_id, ids);
  }
  return found.front();
}

json Names::find_network_thing(const std::string& collection, const std::string& what, const std::string& name_or_id,
                               Context& context) {
  std::string member = collection;
  std::replace(member.begin(), member.end(), '-', '_');
  const std::string base = "/" + collection;
  const std::string filter = is_uuid(name_or_id) ? "id=" : "name=";
  std::vector<json> found;
  std::vector<json> own;
  for (json& item :
       read_all(client_, Service::network, base + "?" + filter + net::percent_encode(name_or_id), member, context)) {
    if (text_at(item, "id") != name_or_id && text_at(item, "name") != name_or_id) continue;
    if (text_at(item, "project_id") == client_.project_id(context)) own.push_back(item);
    found.push_back(std::move(item));
  }
  // An administrator sees the "default" group of every project; Nova too takes the project's own.
  if (collection == "security-groups" && found.size() > 1 && own.size() == 1) found = own;
  if (found.empty()) none(what, name_or_id, names_of(read_all(client_, Service::network, base, member, context)));
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const json& item : found) ids.push_back(text_at(item, "id"));
    several(fmt::format("{} {}s", found.size(), what), name_or_id, ids);
  }
  return std::move(found.front());
}

Network Names::network(const std::string& name_or_id, Context& context) {
  const std::lock_guard lock(mutex_);
  return remembered(networks_, name_or_id, [&] {
    const json item = find_network_thing("networks", "network", name_or_id, context);
    return Network{text_at(item, "id"), text_at(item, "name"),
                   flag_at(item, "router:external") && !flag_at(item, "shared")};
  });
}

std::string Names::security_group_id(const std::string& name_or_id, Context& context) {
  const std::lock_guard lock(mutex_);
  return remembered(security_groups_, name_or_id, [&] {
    return text_at(find_network_thing("security-groups", "security group", name_or_id, context), "id");
  });
}

void Names::check_key_pair(const std::string& name, Context& context) {
  const std::lock_guard lock(mutex_);
  if (!key_pairs_) {
    Call call;
    call.path = "/os-keypairs";
    call.operation = "os-keypairs";
    const json answer = client_.call_json(call, context);
    std::vector<std::string> all;
    for (const json& item : list_at(answer, "keypairs")) all.push_back(text_at(object_at(item, "keypair"), "name"));
    key_pairs_ = std::move(all);
  }
  if (std::find(key_pairs_->begin(), key_pairs_->end(), name) == key_pairs_->end()) {
    none("key pair", name, *key_pairs_);
  }
}

}  // namespace muster::openstack
