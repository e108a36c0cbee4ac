#include "tests/drivers/wanted.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace muster::test {
namespace {

constexpr const char* zone = "example.com";

Resource resource(const std::string& kind, const std::string& name, Map wanted) {
  Resource made;
  made.id = {kind, name};
  made.origin = {"case.yaml", 1, 1, "Case/" + kind};
  made.group = "Case/" + kind;
  made.lifecycle.replace = ReplacePolicy::now;
  made.wanted = std::move(wanted);
  return made;
}

Resource rrset(const std::string& name, List targets) {
  Resource made =
      resource("ovh.rrset", std::string(zone) + "/" + name + "/A",
               Map{{"name", name}, {"targets", std::move(targets)}, {"ttl", 60}, {"type", "A"}, {"zone", zone}});
  made.connection.candidates = {"OvhAccount/dns"};
  made.needs = {{"ovh.scope", std::string(zone) + "/" + name.substr(name.rfind('.') + 1)}};
  return made;
}

template <typename Resources>
auto& found(Resources& wanted, const ResourceId& id) {
  for (auto& resource : wanted) {
    if (resource.id == id) return resource;
  }
  throw std::logic_error("the case does not want " + id.to_string());
}

}  // namespace

Resource server(const std::string& name) {
  std::string label = name;
  std::replace(label.begin(), label.end(), '/', '-');
  Resource made = resource("openstack.server", name,
                           Map{{"flavor", "d2-2"},
                               {"image", "Debian 12"},
                               {"name", label},
                               {"network", "Ext-Net"},
                               {"tags", List{"lecture"}},
                               {"user_data", "#cloud-config\n"}});
  made.connection.candidates = {"OpenStackProject/cloud"};
  return made;
}

Resource ssh_check_of(const ResourceId& server) {
  return resource("guest.check", server.name + "/ssh",
                  Map{{"host", Hole(Ref{server, "ipv4"})},
                      {"incarnation", Hole(Ref{server, "incarnation"})},
                      {"port", 22},
                      {"type", "ssh"}});
}

Resource scope(const std::string& name) {
  Resource made = resource("ovh.scope", std::string(zone) + "/" + name, Map{{"scope", name}, {"zone", zone}});
  made.connection.candidates = {"OvhAccount/dns"};
  return made;
}

Resource address(const std::string& name, std::vector<std::string> targets) {
  return rrset(name, List(targets.begin(), targets.end()));
}

Resource address_of(const ResourceId& server, const std::string& name) {
  return rrset(name, List{Hole(Ref{server, "ipv4"})});
}

Resource& of(std::vector<Resource>& wanted, const ResourceId& id) { return found(wanted, id); }

const Resource& of(const std::vector<Resource>& wanted, const ResourceId& id) { return found(wanted, id); }

std::vector<std::string> records_called(const Site& site, const std::string& full_name) {
  std::map<std::string, bool> standing;
  for (const sandbox::LedgerEntry& entry : site.happened({}, 0)) {
    const bool is_record = entry.kind == "record" || entry.kind == "foreign-record";
    if (is_record && entry.name.ends_with(" " + full_name)) standing[entry.id] = entry.event != sandbox::Event::deleted;
  }
  std::vector<std::string> ids;
  for (const auto& [id, stands] : standing) {
    if (stands) ids.push_back(id);
  }
  return ids;
}

void add_by_hand(Site& site, const std::string& name, const std::string& address) {
  site.control("POST", "/records", {{"zone", zone}, {"fieldType", "A"}, {"subDomain", name}, {"target", address}});
}

void remove_by_hand(Site& site, const std::string& full_name) {
  for (const std::string& id : records_called(site, full_name))
    site.control("DELETE", std::string("/records?zone=") + zone + "&id=" + id + "&publish=false", {});
}

}  // namespace muster::test
