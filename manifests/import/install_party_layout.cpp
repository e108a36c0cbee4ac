#include "manifests/import/install_party_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>

#include "manifests/decode_words.h"

namespace muster::manifests {
namespace {

constexpr std::string_view label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
constexpr std::string_view domain = "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/// "general" of "general.namespace", "dns.args" of "dns.args.endpoint".
std::string parent_of(std::string_view path) { return std::string(path.substr(0, path.rfind('.'))); }
std::string last_of(std::string_view path) { return std::string(path.substr(path.rfind('.') + 1)); }

Layout other(Layout layout) { return layout == Layout::early ? Layout::plugins : Layout::early; }

std::string_view name_of(Layout layout) { return layout == Layout::early ? "0.1 to 0.3" : "1.0"; }

/// The member at a dotted path, or nullptr.
const Member* member_at(const Node& root, std::string_view path) {
  const Node* node = &root;
  const Member* member = nullptr;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    member = node->shape == Node::Shape::mapping ? node->find(path.substr(0, dot)) : nullptr;
    if (member == nullptr) return nullptr;
    node = member->value.get();
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return member;
}

/// The layout with more of its own marks. A configuration of neither has none.
std::optional<Layout> layout_of(const Node& root) {
  const auto count = [&](std::initializer_list<std::string_view> marks) {
    return std::count_if(marks.begin(), marks.end(),
                         [&](std::string_view mark) { return member_at(root, mark) != nullptr; });
  };
  const auto early = count({"general.dns_zone", "ovh", "openstack"});
  const auto plugins = count({"dns", "instances.provider", "instances.args"});
  if (early == 0 && plugins == 0) return std::nullopt;
  return plugins >= early ? Layout::plugins : Layout::early;
}

class Reader {
 public:
  Reader(const Node& root, InstallPartyConfig& config) : root_(root), config_(config), layout_(*config.layout) {
    for (const Setting& setting : install_party_settings()) {
      const std::string_view path = setting.path(layout_);
      if (path.empty()) continue;
      known_.emplace(path);
      for (std::string section = parent_of(path);; section = parent_of(section)) {
        sections_.insert(section);
        if (section.find('.') == std::string::npos) break;
      }
    }
  }

  void run() {
    check_keys(root_, "");
    for (const Setting& setting : install_party_settings()) {
      if (!setting.path(layout_).empty()) take(setting);
    }
  }

 private:
  void add(Severity severity, Origin where, std::string message, std::string hint) {
    config_.diagnostics.push_back({severity, std::move(where), std::move(message), std::move(hint)});
  }
  void error(Origin where, std::string message, std::string hint) {
    add(Severity::error, std::move(where), std::move(message), std::move(hint));
  }

  /// Keys that Install Party does not know did no harm there, and do none here.
  void check_keys(const Node& node, const std::string& path) {
    for (const Member& member : node.members) {
      const std::string key = path.empty() ? member.key : path + "." + member.key;
      if (sections_.contains(key)) {
        if (member.value->shape == Node::Shape::mapping) {
          check_keys(*member.value, key);
        } else {
          error(member.value->where(), fmt::format("{} wants keys below it, found {}", key, shape_words(*member.value)),
                fmt::format("write the keys of {} in lines of their own below it, indented", key));
          unusable_.insert(key);
        }
      } else if (!known_.contains(key)) {
        add(Severity::warning, member.where(), fmt::format("{} is not a key of Install Party", shortened(key)),
            hint_for_unknown(key, path));
      }
    }
  }

  std::string hint_for_unknown(const std::string& key, const std::string& path) const {
    for (const Setting& setting : install_party_settings()) {
      if (setting.path(other(layout_)) == key && !setting.path(layout_).empty())
        return fmt::format("it is one of the layout of {}; here it is {}", name_of(other(layout_)),
                           setting.path(layout_));
    }
    std::vector<std::string> siblings;
    for (const auto* keys : {&known_, &sections_}) {
      for (const std::string& one : *keys) {
        if (path.empty() ? one.find('.') == std::string::npos : parent_of(one) == path && one != path)
          siblings.push_back(last_of(one));
      }
    }
    const std::string near = did_you_mean(last_of(key), siblings);
    return near.empty() ? "it is left out" : fmt::format("did you mean {}?", near);
  }

  /// Never the content: it may be a secret in the wrong place.
  static std::string shape_words(const Node& node) {
    switch (node.shape) {
      case Node::Shape::null:
        return "nothing";
      case Node::Shape::scalar:
        return "a text";
      case Node::Shape::sequence:
        return "a list";
      case Node::Shape::mapping:
        return "keys";
    }
    return "nothing";
  }

  void take(const Setting& setting) {
    const std::string key(setting.path(layout_));
    const Member* member = member_at(root_, key);
    if (member == nullptr) return missing(key);
    const Node& value = *member->value;
    if (value.shape == Node::Shape::null || (value.shape == Node::Shape::scalar && value.text.empty()))
      return error(member->where(), fmt::format("{} is empty", key), "Install Party cannot run without it either");
    if (value.shape != Node::Shape::scalar)
      return error(value.where(), fmt::format("{} wants a text, found {}", key, shape_words(value)),
                   "write one value behind the colon");
    if (!fits(setting, value.text)) {
      return error(value.where(),
                   setting.secret ? fmt::format("{} cannot be that", key)
                                  : fmt::format("{} cannot be \"{}\"", key, shortened(value.text)),
                   std::string(setting.hint));
    }
    config_.settings.emplace(setting.name, Found{key, value.text, value.where()});
  }

  static bool fits(const Setting& setting, const std::string& text) {
    return setting.pattern.empty() || std::regex_match(text, std::regex(std::string(setting.pattern)));
  }

  /// Told once for a section that is missing as a whole, at the nearest place there is.
  void missing(const std::string& key) {
    Origin where = root_.where();
    std::string lacking = key;
    for (std::string section = key; section.find('.') != std::string::npos;) {
      section = parent_of(section);
      if (unusable_.contains(section)) return;
      if (const Member* member = member_at(root_, section)) {
        where = member->where();
        break;
      }
      lacking = section;
    }
    if (!told_.insert(lacking).second) return;
    error(std::move(where), fmt::format("{} is missing", lacking),
          fmt::format("every key of the layout of {} is mandatory", name_of(layout_)));
  }

  const Node& root_;
  InstallPartyConfig& config_;
  const Layout layout_;
  std::set<std::string> known_;
  std::set<std::string> sections_;
  std::set<std::string> unusable_;
  std::set<std::string> told_;
};

}  // namespace

const std::vector<Setting>& install_party_settings() {
  static const std::vector<Setting> table = {
      {"namespace", "general.namespace", "general.namespace", false, label,
       "a namespace has 1 to 63 lower-case letters, digits and dashes, with no dash at either end: it is a part of DNS "
       "names"},
      {"zone", "general.dns_zone", "dns.zone", false, domain,
       "write the zone's name in lower case, without a dot at the end"},
      {"riot_version", "general.riot_version", "general.riot_version", false,
       "v[0-9]+\\.[0-9]+\\.[0-9]+(-rc\\.[0-9]+)?", "write a release with its v, such as v1.4.2"},
      {"timeout", "", "general.connectivity_check_timeout", false, "[1-9][0-9]{0,5}", "write a number of seconds"},
      {"user", "instances.user", "instances.user", false, "(?!root$)[a-z_][a-z0-9_-]{0,31}",
       "write a Linux user name: lower-case letters, digits, dashes, at most 32; root cannot log in with a password"},
      {"password", "instances.password", "instances.password", true},
      {"instances_provider", "", "instances.provider", false, "openstack",
       "muster makes workshop hosts on OpenStack only"},
      {"dns_provider", "", "dns.provider", false, "ovh", "muster writes DNS records at OVH only"},
      {"endpoint", "ovh.endpoint", "dns.args.endpoint", false, "(ovh|soyoustart|kimsufi)-(eu|ca)|ovh-us|https?://.+",
       "OVH's endpoints are ovh-eu, ovh-ca, ovh-us, soyoustart-eu, soyoustart-ca, kimsufi-eu, kimsufi-ca"},
      {"application_key", "ovh.application_key", "dns.args.application_key", true},
      {"application_secret", "ovh.application_secret", "dns.args.application_secret", true},
      {"consumer_key", "ovh.consumer_key", "dns.args.consumer_key", true},
      {"api_version", "openstack.api_version", "instances.args.api_version", false, "[2-9](\\.[0-9]+)?",
       "write 2: other versions of the compute API do not exist"},
      {"auth_url", "openstack.auth_url", "instances.args.auth_url", false, "https?://[^ ]+",
       "write Keystone's address, beginning with https://"},
      {"tenant_name", "openstack.tenant_name", "instances.args.tenant_name"},
      {"tenant_id", "openstack.tenant_id", "instances.args.tenant_id"},
      {"username", "openstack.username", "instances.args.username"},
      {"cloud_password", "openstack.password", "instances.args.password", true},
      {"region", "openstack.region_name", "instances.args.region_name"},
      {"image", "openstack.image_id", "instances.args.image_id"},
      {"flavor", "openstack.flavor_id", "instances.args.flavor_id"},
  };
  return table;
}

std::string InstallPartyConfig::text(std::string_view setting) const {
  const auto found = settings.find(setting);
  return found == settings.end() ? std::string() : found->second.text;
}

InstallPartyConfig read_install_party(const Document& document) {
  InstallPartyConfig config;
  const Node& root = *document.root;
  config.layout = root.shape == Node::Shape::mapping ? layout_of(root) : std::nullopt;
  if (!config.layout) {
    config.diagnostics.push_back(
        {Severity::error, root.where(), "this is no configuration of Install Party",
         "the layout of 0.1 to 0.3 has the sections general, instances, ovh and openstack; that of 1.0 has general, "
         "instances and dns"});
    return config;
  }
  Reader(root, config).run();
  return config;
}

}  // namespace muster::manifests
