#include "resources/workshop/releases.h"
#include "resources/workshop/workshop.h"

namespace muster::workshop {
namespace {

constexpr const char* label_pattern = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
constexpr const char* label_hint = "1 to 63 lower-case letters, digits and dashes, no dash at either end";
// Blanks, quotes and backslashes would mean something in a line of settings or in a Caddyfile.
constexpr const char* url_pattern = "(https?|file)://[!#-&(-;=?-\\[\\]_a-z~{}]+";
constexpr const char* url_hint =
    "an http, https or file address without blanks or quotes; {version} stands for the version";

Field host_names(std::string doc, std::string name = "names") {
  return {
      .name = std::move(name),
      .type = Type::list,
      .doc = std::move(doc),
      .fields = {
          {.name = "name", .pattern = label_pattern, .pattern_hint = label_hint, .doc = "The host's first label."}}};
}

Field hosts_field() {
  return {
      .name = "hosts",
      .type = Type::choice,
      .required = true,
      .doc =
          "Which hosts there shall be: a number of hosts with derived names, a list of names, or both. A host with "
          "label abcde is called abcde.NAMESPACE.ZONE, its server NAMESPACE-abcde.",
      .fields = {{.name = "count",
                  .type = Type::integer,
                  .minimum = 0,
                  .maximum = 10'000,
                  .unit = "hosts",
                  .doc = "That many hosts, each named by five letters that follow from the namespace. A greater number "
                         "renames nothing; a smaller one takes away the last ones."},
                 host_names("Hosts with these names."),
                 {.name = "hosts",
                  .type = Type::record,
                  .doc = "Named hosts and unnamed ones.",
                  .fields = {{.name = "count",
                              .type = Type::integer,
                              .default_value = 0,
                              .minimum = 0,
                              .maximum = 10'000,
                              .unit = "hosts",
                              .doc = "How many unnamed hosts there are besides the named ones."},
                             host_names("The named hosts."),
                             host_names("Unnamed hosts that shall go although later ones stay: count says how many are "
                                        "left. From count: 5 to count: 4 with retire: [abcde] takes away abcde alone; "
                                        "without it the last one goes.",
                                        "retire")}}}};
}

Field dns_field() {
  return {
      .name = "dns",
      .type = Type::record,
      .required = true,
      .doc = "Where the hosts get their names.",
      .fields = {{.name = "account",
                  .required = true,
                  .names_kind = "OvhAccount",
                  .doc = "The OvhAccount manifest that can write the zone."},
                 {.name = "zone",
                  .required = true,
                  .pattern = "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
                  .pattern_hint = "a domain name in lower case, without a dot at the end",
                  .doc = "The DNS zone, such as example.com. Muster writes below NAMESPACE.ZONE only."},
                 {.name = "ttl",
                  .type = Type::integer,
                  .default_value = 60,
                  .minimum = 0,
                  .maximum = 604'800,
                  .unit = "seconds",
                  .doc = "How long resolvers may keep an address. 0 is the zone's own default; OVH refuses 1 to 59."}}};
}

Field program_field(const Program& program, std::string doc, std::string version_pattern, std::string version_hint) {
  return {
      .name = std::string(program.field),
      .type = Type::record,
      .default_value = Map{},
      .doc = std::move(doc),
      .fields = {
          {.name = "version",
           .default_value = program.default_version,
           .pattern = std::move(version_pattern),
           .pattern_hint = std::move(version_hint),
           .doc = "The version to install."},
          {.name = "url",
           .default_value = program.default_url,
           .pattern = url_pattern,
           .pattern_hint = url_hint,
           .doc = "Where its archive (tar.gz) is downloaded from: a mirror, say. {version} stands for the version."},
          {.name = "sha256",
           .pattern = "[0-9a-f]{64}",
           .pattern_hint = "64 hexadecimal digits in lower case, as sha256sum prints them",
           .doc = "SHA-256 of the archive. Needed with a version or address other than the default; a host "
                  "installs nothing that differs from it."},
          {.name = "sha512",
           .pattern = "[0-9a-f]{128}",
           .pattern_hint = "128 hexadecimal digits in lower case, as sha512sum prints them",
           .doc = "SHA-512 of the archive, instead of sha256: what Caddy's releases publish."}}};
}

Field tls_field() {
  return {
      .name = "tls",
      .type = Type::choice,
      .default_value = "acme",
      .doc =
          "Where the hosts get their certificates. Mind the weekly limit of Let's Encrypt per registered domain when "
          "an event is large.",
      .fields = {
          {.name = "mode",
           .allowed = {"acme", "internal"},
           .doc = "acme: from Let's Encrypt. internal: each host signs its own, which browsers warn about."},
          {.name = "tls",
           .type = Type::record,
           .doc = "An ACME authority of one's own choice.",
           .fields = {{.name = "acme",
                       .type = Type::record,
                       .required = true,
                       .doc = "How certificates are asked for.",
                       .fields = {{.name = "email",
                                   .pattern = "[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+",
                                   .pattern_hint = "an e-mail address",
                                   .doc = "Whom the authority may write to."},
                                  {.name = "ca",
                                   .pattern = "https://[!#-&(-;=?-\\[\\]_a-z~]+",
                                   .pattern_hint = "the https address of an ACME directory",
                                   .doc = "The authority's ACME directory, such as that of Let's Encrypt's staging "
                                          "service for rehearsals. An https check then takes any certificate."}}}}}}};
}

Field readiness_checks(std::string doc) {
  return {
      .name = "checks",
      .type = Type::list,
      .default_value = List{"ssh"},
      .doc = std::move(doc),
      .fields = {{.name = "check",
                  .pattern = "ssh|http|https|tcp:[0-9]{1,5}",
                  .pattern_hint = "ssh, http, https, or tcp: and a port (tcp:8448)",
                  .doc = "ssh: a server greets on port 22. tcp:PORT: the port accepts. http and https: the host's page "
                         "answers by its name."}}};
}

/// Of lead, extend and grace, in seconds: what is longer is a date that should be written as one.
constexpr std::int64_t longest_margin = 31 * 86'400;

Field readiness_field() {
  return {.name = "readiness",
          .type = Type::choice,
          .default_value = List{"ssh"},
          .doc = "When a host counts as ready. A check that a host has passed once is never made again.",
          .fields = {readiness_checks("What every host must pass."),
                     {.name = "readiness",
                      .type = Type::record,
                      .doc = "Checks with a time limit of their own.",
                      .fields = {readiness_checks("What every host must pass."),
                                 {.name = "timeLimit",
                                  .type = Type::duration,
                                  .default_value = 900,
                                  .minimum = 10,
                                  .maximum = 86'400,
                                  .doc = "How long a host may take to pass a check before that counts as failed."}}}}};
}

Field login_field() {
  return {
      .name = "login",
      .type = Type::record,
      .doc = "The login with a password that attendees get, with sudo. Without it only keyPair lets anyone in.",
      .fields = {{.name = "user",
                  .default_value = "attendee",
                  .pattern = "[a-z_][a-z0-9_-]{0,31}",
                  .pattern_hint = "a Linux user name: lower-case letters, digits, dashes, at most 32",
                  .doc = "The user's name; created when the image has none."},
                 {.name = "password",
                  .type = Type::secret,
                  .required = true,
                  .doc = "The password. Hosts get its hash only.",
                  .sensitive = true},
                 {.name = "perHostPassword",
                  .type = Type::boolean,
                  .default_value = false,
                  .doc = "Give every host a password of its own, derived from this one. `muster list --credentials` "
                         "prints them; they stay the same as long as the secret does."}}};
}

Field roll_field() {
  return {
      .name = "roll",
      .type = Type::record,
      .default_value = Map{},
      .doc =
          "How replace: roll goes. Each number is of hosts, or a share of the workshop's hosts, such as 20%. More "
          "than there are is fine.",
      .fields = {
          {.name = "batch",
           .pattern = "[1-9][0-9]{0,4}|([1-9][0-9]?|100)%",
           .pattern_hint = "a number of hosts from 1 on, or a share from 1% to 100%",
           .doc =
               "How many hosts are replaced before all of them have to be ready, published and rid of their old ones. "
               "When one is not, the others stay as they are. A share is rounded up. Default: as many as surge and "
               "maxUnavailable let go at a time."},
          {.name = "surge",
           .default_value = "1",
           .pattern = "[0-9]{1,5}|([0-9]{1,2}|100)%",
           .pattern_hint = "a number of hosts, or a share such as 10%",
           .doc = "So many new hosts at a time stand beside the ones they replace: the name moves once the new host is "
                  "ready, and the old one goes when the name's ttl has passed since. A share is rounded up."},
          {.name = "maxUnavailable",
           .pattern = "[0-9]{1,5}|([0-9]{1,2}|100)%",
           .pattern_hint = "a number of hosts, or a share such as 10%",
           .doc =
               "So many hosts at a time are removed before the new one is made, where the quota has no room for both. "
               "A share is rounded down. Default: 0, with surge: 0 it is 1."}}};
}

Field lifecycle_field() {
  return {
      .name = "lifecycle",
      .type = Type::record,
      .default_value = Map{},
      .doc = "What muster may do to hosts that exist.",
      .fields = {
          {.name = "protect",
           .type = Type::boolean,
           .doc = "true: never delete or replace a host, whatever the manifests say. It stays so until an apply has "
                  "met false here: a line that is only taken away lifts nothing."},
          {.name = "replace",
           .default_value = "hold",
           .allowed = {"hold", "first-boot-only", "roll", "now"},
           .doc = "What a change leads to that needs a new host (image, flavor, boot settings). hold: it is shown "
                  "and not done. first-boot-only: boot settings concern new hosts only. roll: hosts are replaced in "
                  "batches. now: all are replaced at once."},
          roll_field(),
          {.name = "onFailed",
           .default_value = "recreate",
           .allowed = {"recreate", "report"},
           .doc = "What is done with a server that the cloud failed to build: make it anew, at most twice, or "
                  "report it."}}};
}

}  // namespace

Schema workshop_schema() {
  return {
      .kind = "Workshop",
      .doc =
          "Hosts for the attendees of a workshop: each a server on OpenStack with a DNS name at OVH, a login, the "
          "Element "
          "web client and TLS. Attendees install their homeserver by hand; Caddy passes everything below /.well-known "
          "to port 8888 of the host, so the homeserver's ACME listener belongs there.",
      .fields = {
          {.name = "project",
           .required = true,
           .names_kind = "OpenStackProject",
           .doc = "The project that holds the servers."},
          dns_field(),
          {.name = "namespace",
           .pattern = label_pattern,
           .pattern_hint = label_hint,
           .doc = "The event's part of every name; dashes are fine. Default: the manifest's name."},
          hosts_field(),
          {.name = "image",
           .required = true,
           .doc = "The image's name or id; it must have cloud-init, curl and systemd."},
          {.name = "flavor", .required = true, .doc = "The flavor's name or id."},
          {.name = "network",
           .default_value = "Ext-Net",
           .doc = "The network's name or id; the hosts' addresses on it are published. Ext-Net is OVH's public one."},
          {.name = "addresses",
           .type = Type::set,
           .default_value = List{"ipv4"},
           .doc = "The address versions that are published: ipv4 as A, ipv6 as AAAA records.",
           .fields = {{.name = "version", .allowed = {"ipv4", "ipv6"}, .doc = "An address version."}}},
          {.name = "keyPair", .doc = "The name of an OpenStack key pair that may log in as the image's own user."},
          {.name = "securityGroups",
           .type = Type::set,
           .doc = "Names of security groups. Default: the project's own default group. Attendees need 22, 80, 443 and "
                  "8448.",
           .fields = {{.name = "group", .doc = "A security group's name."}}},
          login_field(),
          program_field(element_program(), "The Element web client that every host serves.",
                        "v[0-9]+\\.[0-9]+\\.[0-9]+(-rc\\.[0-9]+)?",
                        "a release of Element with its v, such as v1.11.100"),
          program_field(caddy_program(), "The Caddy web server of every host.",
                        "2\\.[0-9]+\\.[0-9]+(-(beta|rc)\\.[0-9]+)?",
                        "a release of Caddy 2 without a v, such as 2.10.2"),
          tls_field(),
          {.name = "postInstall",
           .type = Type::file,
           .doc =
               "A script that runs as root at the end of a host's first boot. Without a #! line it is run by /bin/sh."},
          readiness_field(),
          {.name = "from",
           .type = Type::timestamp,
           .doc = "When the workshop begins, such as 2025-06-30T09:00:00+02:00. Its hosts are made `lead` before that. "
                  "Default: they are made at once."},
          {.name = "lead",
           .type = Type::duration,
           .default_value = 3'600,
           .minimum = 0,
           .maximum = longest_margin,
           .doc = "How long before `from` the hosts are made."},
          {.name = "expires",
           .type = Type::timestamp,
           .doc =
               "When the workshop is over, such as 2025-06-30T18:00:00+02:00. Its hosts and names are removed `grace` "
               "after that. Default: they stay until the manifest goes."},
          {.name = "extend",
           .type = Type::duration,
           .default_value = 0,
           .minimum = 0,
           .maximum = longest_margin,
           .doc = "Added to `expires`: how much longer it takes than was planned."},
          {.name = "grace",
           .type = Type::duration,
           .default_value = 3'600,
           .minimum = 0,
           .maximum = longest_margin,
           .doc = "How long after the end hosts and names stay."},
          lifecycle_field(),
      }};
}

}  // namespace muster::workshop
