#include "resources/workshop/workshop.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "resources/contract/machine.h"
#include "resources/contract/registry.h"
#include "resources/contract/user_data.h"
#include "resources/workshop/boot.h"
#include "resources/workshop/hosts.h"
#include "resources/workshop/readiness.h"
#include "resources/workshop/register.h"
#include "resources/workshop/releases.h"
#include "resources/workshop/roll.h"

namespace muster::workshop {
namespace {

/// One manifest on its way to resources.
class Expander {
 public:
  Expander(const Manifest& manifest, const Catalog& catalog)
      : manifest_(manifest), spec_(manifest.spec), catalog_(catalog), zone_(spec_.string_at("dns.zone")) {}

  Expansion run() &&;

 private:
  void error(std::string_view path, std::string message, std::string hint) {
    out_.diagnostics.push_back({Severity::error, manifest_.where(path), std::move(message), std::move(hint)});
  }
  void warn(std::string_view path, std::string message, std::string hint) {
    out_.diagnostics.push_back({Severity::warning, manifest_.where(path), std::move(message), std::move(hint)});
  }

  void check_hosts();
  void check_namespace();
  void check_names();
  void check_server_names();
  void check_dns();
  void check_login();
  void check_addresses();
  void check_post_install();
  void set_dates();
  void check_sizes(const BootWriter& boot);
  void check_size(const Value& user_data);
  BootSettings boot_settings();
  Lifecycle server_lifecycle() const;
  bool publishes(std::string_view version) const;
  bool certificates_are_trusted() const;

  Resource base(std::string kind, std::string name, Origin origin) const;
  void add_scope();
  void add_host(const Host& host, const BootWriter& boot, const std::vector<Check>& checks);
  Resource server(const Host& host, const BootWriter& boot) const;
  Resource rrset(const Host& host, const ResourceId& server, std::string_view type, std::string_view attribute) const;
  Resource guest_check(const Host& host, const ResourceId& server, const Check& check) const;

  std::string key(const Host& host) const { return machine_of(manifest_, host.label)->name; }
  std::string full_name(const Host& host) const { return fmt::format("{}.{}.{}", host.label, namespace_, zone_); }
  ResourceId scope_id() const { return {"ovh.scope", fmt::format("{}/{}", zone_, namespace_)}; }

  const Manifest& manifest_;
  const Value& spec_;
  const Catalog& catalog_;
  std::string zone_;
  std::string namespace_;
  std::vector<Host> hosts_;
  std::optional<Time> from_;
  std::optional<Time> until_;
  Roll roll_;
  Expansion out_;
};

Expansion Expander::run() && {
  namespace_ = namespace_of(manifest_);
  check_namespace();
  hosts_ = hosts_of(manifest_, namespace_, out_.diagnostics);
  check_hosts();
  check_names();
  check_server_names();
  check_dns();
  check_login();
  check_addresses();
  check_post_install();
  set_dates();
  roll_ = roll_of(manifest_, hosts_.size(), out_.diagnostics);
  const std::vector<Check> readiness = readiness_checks(manifest_, out_.diagnostics);
  const BootWriter boot(boot_settings());
  if (has_errors(out_.diagnostics) || !manifest_.faulty.empty()) {
    check_sizes(boot);
    return std::move(out_);
  }

  add_scope();
  for (const Host& host : hosts_) add_host(host, boot, readiness);
  if (has_errors(out_.diagnostics)) out_.resources.clear();
  return std::move(out_);
}

void Expander::check_hosts() {
  const Value& hosts = spec_.at("hosts");
  const bool has_names = hosts.at("names").is_list() && !hosts.at("names").as_list().empty();
  if (hosts.is_map() && !has_names && hosts.int_at("count") == 0 && manifest_.is_sound("spec.hosts")) {
    error("spec.hosts", "spec.hosts has neither a count nor names, so there is no host",
          "write count, names or both; a workshop without hosts is hosts: 0");
  }
}

void Expander::check_namespace() {
  if (namespace_.empty()) return;
  const std::string path = spec_.at("namespace").is_string() ? "spec.namespace" : "metadata.name";
  if (!is_label(namespace_)) {
    error(path, fmt::format("\"{}\" cannot be the namespace of a workshop", namespace_),
          "a namespace has 1 to 63 lower-case letters, digits and dashes, with no dash at either end; write one as "
          "spec.namespace when the manifest has to keep its name");
  }
  for (const Manifest* other : catalog_.of_kind("Workshop")) {
    if (other->name == manifest_.name || namespace_of(*other) != namespace_) continue;
    error(path, fmt::format("the namespace {} is that of Workshop/{} too", namespace_, other->name),
          fmt::format("give one of the two another spec.namespace; the other stands at {}", other->origin.to_string()));
  }
}

void Expander::check_names() {
  constexpr std::size_t longest_name = 253;
  for (const Host& host : hosts_) {
    const std::size_t length = full_name(host).size();
    if (length <= longest_name) continue;
    out_.diagnostics.push_back(
        {Severity::error, host.origin,
         fmt::format("the name {} has {} characters; DNS allows {}", full_name(host), length, longest_name),
         "shorten the host's name, the namespace or the zone"});
    return;
  }
}

/// NAMESPACE-HOST is no key: host six-ab of my and host ab of my-six would both be my-six-ab.
void Expander::check_server_names() {
  if (namespace_.empty() || !manifest_.is_sound("spec.project")) return;
  for (const Manifest* other : catalog_.of_kind("Workshop")) {
    const std::string longer = namespace_of(*other);
    if (!longer.starts_with(namespace_ + "-") || other->spec.string_at("project") != spec_.string_at("project"))
      continue;
    const std::string rest = longer.substr(namespace_.size() + 1) + "-";
    std::vector<Diagnostic> told_there;
    std::map<std::string, const Host*> taken;
    const std::vector<Host> others = hosts_of(*other, longer, told_there);
    for (const Host& host : others) taken.emplace(rest + host.label, &host);
    for (const Host& host : hosts_) {
      const auto found = taken.find(host.label);
      if (found == taken.end()) continue;
      out_.diagnostics.push_back(
          {Severity::error, host.origin,
           fmt::format("the host {} of namespace {} and the host {} of namespace {} would both be the server {}-{}",
                       host.label, namespace_, found->second->label, longer, namespace_, host.label),
           fmt::format("rename one of them; the other is of {} at {}", other->key(),
                       found->second->origin.to_string())});
    }
  }
}

void Expander::check_dns() {
  const std::int64_t ttl = spec_.int_at("dns.ttl");
  if (ttl > 0 && ttl < 60) {
    error("spec.dns.ttl", fmt::format("spec.dns.ttl is {}; OVH refuses 1 to 59 seconds", ttl),
          "write 60 or more, or 0 for the zone's own default");
  }
}

void Expander::check_login() {
  if (!spec_.at("login").is_map()) {
    const bool says_so = manifest_.is_sound("spec.login") && manifest_.is_sound("spec.keyPair");
    if (spec_.string_at("keyPair").empty() && says_so) {
      warn("spec", "nobody can log in to these hosts: there is neither a login nor a key pair",
           "write spec.login with a user and a password, or spec.keyPair");
    }
    return;
  }
  if (spec_.string_at("login.user") == "root") {
    error("spec.login.user", "spec.login.user cannot be root: sshd refuses root's password",
          "name another user; it gets sudo without a password");
  }
}

void Expander::check_addresses() {
  if (!publishes("ipv4") && !publishes("ipv6")) {
    error("spec.addresses", "spec.addresses names no address version, so no host would have a name",
          "write ipv4, ipv6 or both");
  }
}

void Expander::check_post_install() {
  if (spec_.string_at("postInstall").find("\r\n") != std::string::npos) {
    error("spec.postInstall", "the post-install script has Windows line ends; a shell cannot run it",
          "save it with Unix line ends (dos2unix)");
  }
}

BootSettings Expander::boot_settings() {
  BootSettings settings;
  if (spec_.at("login").is_map()) {
    settings.user = spec_.string_at("login.user");
    settings.password = spec_.at("login.password");
    settings.per_host_password = spec_.bool_at("login.perHostPassword");
  }
  settings.element = download_of(element_program(), manifest_, out_.diagnostics);
  settings.caddy = download_of(caddy_program(), manifest_, out_.diagnostics);
  settings.internal_tls = spec_.string_at("tls") == "internal";
  settings.acme_email = spec_.string_at("tls.acme.email");
  settings.acme_ca = spec_.string_at("tls.acme.ca");
  settings.post_install = spec_.string_at("postInstall");
  return settings;
}

Lifecycle Expander::server_lifecycle() const {
  Lifecycle lifecycle;
  if (const Value& protect = spec_.at("lifecycle.protect"); protect.is_bool())
    lifecycle.protect = protect.as_bool() ? Protection::on : Protection::off;
  const std::string replace = spec_.string_at("lifecycle.replace");
  lifecycle.replace = replace == "now"               ? ReplacePolicy::now
                      : replace == "roll"            ? ReplacePolicy::roll
                      : replace == "first-boot-only" ? ReplacePolicy::first_boot_only
                                                     : ReplacePolicy::hold;
  const bool reports = spec_.string_at("lifecycle.onFailed") == "report";
  lifecycle.on_failed = reports ? OnFailed::report : OnFailed::recreate;
  lifecycle.roll = roll_;
  lifecycle.from = from_;
  lifecycle.until = until_;
  return lifecycle;
}

void Expander::set_dates() {
  using std::chrono::seconds;
  const bool begins = spec_.at("from").is_int();
  const bool ends = spec_.at("expires").is_int();
  if (begins) from_ = Time(seconds(spec_.int_at("from") - spec_.int_at("lead")));
  if (ends) until_ = Time(seconds(spec_.int_at("expires") + spec_.int_at("extend") + spec_.int_at("grace")));
  if (begins && ends && spec_.int_at("from") >= spec_.int_at("expires")) {
    error("spec.expires", "the workshop ends before it begins", "set a later `expires`, or an earlier `from`");
  }
  if (!ends && spec_.int_at("extend") != 0 && manifest_.is_sound("spec.expires")) {
    error("spec.extend", "there is no end that could be extended", "set `expires` as well");
  }
}

bool Expander::publishes(std::string_view version) const {
  const Value& versions = spec_.at("addresses");
  if (!versions.is_list()) return false;
  return std::find(versions.as_list().begin(), versions.as_list().end(), Value(version)) != versions.as_list().end();
}

/// Whether whoever looks from outside can verify what the hosts' certificates say. What another authority than Caddy's
/// own choice signs (a staging service, one's own) is not in the stores of those who look.
bool Expander::certificates_are_trusted() const {
  constexpr std::string_view lets_encrypt = "https://acme-v02.api.letsencrypt.org/directory";
  const std::string authority = spec_.string_at("tls.acme.ca");
  return spec_.string_at("tls") != "internal" && (authority.empty() || authority == lets_encrypt);
}

Resource Expander::base(std::string kind, std::string name, Origin origin) const {
  Resource resource;
  resource.id = {std::move(kind), std::move(name)};
  resource.origin = std::move(origin);
  resource.group = manifest_.key();
  resource.lifecycle.replace = ReplacePolicy::now;
  resource.lifecycle.from = from_;
  resource.lifecycle.until = until_;
  return resource;
}

void Expander::add_scope() {
  const ResourceId id = scope_id();
  Resource scope = base(id.kind, id.name, manifest_.where("spec.dns"));
  scope.connection.candidates = {"OvhAccount/" + spec_.string_at("dns.account")};
  scope.wanted = Map{{"scope", namespace_}, {"zone", zone_}};
  out_.resources.push_back(std::move(scope));
}

void Expander::add_host(const Host& host, const BootWriter& boot, const std::vector<Check>& checks) {
  Resource machine = server(host, boot);
  // Hosts differ by their names only, so one too large means all are; it is told once.
  if (!has_errors(out_.diagnostics)) check_size(machine.wanted.at("user_data"));
  const ResourceId id = machine.id;
  out_.resources.push_back(std::move(machine));

  if (publishes("ipv4")) out_.resources.push_back(rrset(host, id, "A", "ipv4"));
  if (publishes("ipv6")) out_.resources.push_back(rrset(host, id, "AAAA", "ipv6"));
  for (const Check& check : checks) out_.resources.push_back(guest_check(host, id, check));
}

/// While no resources are made because of something else. A login without its password has none to measure.
void Expander::check_sizes(const BootWriter& boot) {
  for (const char* field : {"spec.login", "spec.element", "spec.caddy", "spec.tls", "spec.postInstall"}) {
    if (!manifest_.is_sound(field)) return;
  }
  const std::size_t told = out_.diagnostics.size();
  for (const Host& host : hosts_) {
    if (out_.diagnostics.size() == told) check_size(boot.user_data(key(host), host.label, full_name(host)));
  }
}

void Expander::check_size(const Value& user_data) {
  const std::size_t size = least_size(user_data);
  if (size <= most_user_data) return;
  const bool scripted = spec_.at("postInstall").is_string();
  error(scripted ? "spec.postInstall" : "spec",
        fmt::format("the hosts' user data has at least {} bytes; OpenStack takes {}", size, most_user_data),
        "let the post-install script download what is large");
}

Resource Expander::server(const Host& host, const BootWriter& boot) const {
  Resource resource = base("openstack.server", key(host), host.origin);
  resource.lifecycle = server_lifecycle();
  resource.connection.candidates = {"OpenStackProject/" + spec_.string_at("project")};
  Map wanted{{"flavor", spec_.at("flavor")},
             {"image", spec_.at("image")},
             {"name", fmt::format("{}-{}", namespace_, host.label)},
             {"network", spec_.at("network")},
             {"user_data", boot.user_data(key(host), host.label, full_name(host))}};
  if (spec_.at("keyPair").is_string()) wanted["key_pair"] = spec_.at("keyPair");
  if (spec_.at("securityGroups").is_list()) wanted["security_groups"] = spec_.at("securityGroups");
  resource.wanted = std::move(wanted);
  return resource;
}

Resource Expander::rrset(const Host& host, const ResourceId& server, std::string_view type,
                         std::string_view attribute) const {
  const std::string subdomain = fmt::format("{}.{}", host.label, namespace_);
  Resource resource = base("ovh.rrset", fmt::format("{}/{}/{}", zone_, subdomain, type), host.origin);
  resource.connection.candidates = {"OvhAccount/" + spec_.string_at("dns.account")};
  resource.needs = {scope_id()};
  resource.wanted = Map{{"name", subdomain},
                        {"targets", List{Hole(Ref{server, std::string(attribute)})}},
                        {"ttl", spec_.int_at("dns.ttl")},
                        {"type", type},
                        {"zone", zone_}};
  return resource;
}

Resource Expander::guest_check(const Host& host, const ResourceId& server, const Check& check) const {
  Resource resource = base("guest.check", fmt::format("{}/{}", key(host), check.suffix), check.origin);
  if (spec_.at("readiness.timeLimit").is_int())
    resource.deadline = std::chrono::seconds(spec_.int_at("readiness.timeLimit"));
  Map wanted{{"host", Hole(Ref{server, publishes("ipv4") ? "ipv4" : "ipv6"})},
             {"incarnation", Hole(Ref{server, "incarnation"})},
             {"port", check.port},
             {"type", check.type}};
  if (check.by_name()) {
    wanted["url"] = fmt::format("{}://{}/", check.type, full_name(host));
    if (!certificates_are_trusted()) wanted["verify_tls"] = false;
    const std::string subdomain = fmt::format("{}/{}.{}", zone_, host.label, namespace_);
    if (publishes("ipv4")) resource.needs.push_back({"ovh.rrset", subdomain + "/A"});
    if (publishes("ipv6")) resource.needs.push_back({"ovh.rrset", subdomain + "/AAAA"});
  }
  resource.wanted = std::move(wanted);
  return resource;
}

}  // namespace

Workshop::Workshop() : schema_(workshop_schema()) {}

Expansion Workshop::expand(const Manifest& manifest, const Catalog& catalog) const {
  return Expander(manifest, catalog).run();
}

}  // namespace muster::workshop

namespace muster {

void register_workshop(Registry& registry) { registry.add(std::make_unique<workshop::Workshop>()); }

}  // namespace muster
