#include "resources/ovh/account.h"

#include "resources/ovh/credentials.h"
#include "resources/ovh/examine.h"
#include "resources/ovh/session.h"

namespace muster::ovh {
namespace {

Schema account_schema() {
  Schema schema;
  schema.kind = "OvhAccount";
  schema.doc =
      "An account of the OVH API, for DNS zones. A login is one of three: applicationKey with applicationSecret and "
      "consumerKey, clientId with clientSecret (OAuth2), or accessToken. A manifest without a login "
      "leaves it to the OVH_* variables, else to ovh.conf (./ovh.conf, ~/.ovh.conf, /etc/ovh.conf).";
  schema.fields = {
      {.name = "endpoint",
       .doc = "ovh-eu, ovh-ca, ovh-us, soyoustart-eu, soyoustart-ca, kimsufi-eu, kimsufi-ca, or a URL ending in /1.0."},
      {.name = "applicationKey",
       .type = Type::choice,
       .doc = "The public part of an application key: as it is, or from a variable, beside its secret.",
       .fields = {{.name = "key", .doc = "The key."},
                  {.name = "reference", .type = Type::secret, .doc = "Where it stands."}}},
      {.name = "applicationSecret", .type = Type::secret, .doc = "Its secret.", .sensitive = true},
      {.name = "consumerKey",
       .type = Type::secret,
       .doc = "The consumer key that was validated for it.",
       .sensitive = true},
      {.name = "clientId", .doc = "An OAuth2 service account."},
      {.name = "clientSecret", .type = Type::secret, .doc = "Its secret.", .sensitive = true},
      {.name = "accessToken",
       .type = Type::secret,
       .doc = "A token made elsewhere; muster does not renew it.",
       .sensitive = true},
      {.name = "zones",
       .type = Type::set,
       .doc = "Zones in which leftovers are looked for although no manifest names them any more.",
       .fields = {{.name = "zone", .doc = "A zone of the account."}}},
      {.name = "requestsPerMinute",
       .type = Type::integer,
       .default_value = Budget{}.per_minute,
       .minimum = 1,
       .maximum = 100000,
       .doc = "Calls per minute, shared by all threads and by other runs on this machine. OVH calls 60 safe."},
      {.name = "burst",
       .type = Type::integer,
       .default_value = Budget{}.burst,
       .minimum = 1,
       .maximum = 100000,
       .doc = "How many calls may be made at once after a pause."},
      {.name = "concurrency",
       .type = Type::integer,
       .default_value = Budget{}.concurrency,
       .minimum = 1,
       .maximum = 64,
       .doc = "How many calls are made at the same time, fewer while OVH answers 429."},
  };
  return schema;
}

}  // namespace

OvhAccount::OvhAccount() : schema_(account_schema()) {}

ConnectionLimits OvhAccount::limits(const Manifest& manifest) const {
  return {static_cast<int>(manifest.spec.int_at("concurrency", Budget{}.concurrency))};
}

std::string OvhAccount::login(const Manifest& manifest, const Environment& environment) const {
  UnreadSecrets unread;
  Redactor unused;
  const Credentials credentials = find_credentials(manifest, unread, read_file, environment, unused);
  return credentials.endpoint.url + "\n" + credentials.budget_key();
}

std::unique_ptr<Session> OvhAccount::open(const Manifest& manifest, SecretReader& secrets, Context& context) const {
  Budget budget;
  budget.per_minute = static_cast<int>(manifest.spec.int_at("requestsPerMinute", budget.per_minute));
  budget.burst = static_cast<int>(manifest.spec.int_at("burst", budget.burst));
  budget.concurrency = limits(manifest).concurrency;
  std::vector<std::string> zones;
  if (const Value& named = manifest.spec.at("zones"); named.is_list())
    for (const Value& zone : named.as_list()) zones.push_back(zone.as_string());
  return std::make_unique<OvhSession>(
      find_credentials(manifest, secrets, read_file, context.environment, context.redactor), budget, std::move(zones),
      context.network);
}

std::vector<Finding> OvhAccount::examine(Session& session, const std::vector<const Resource*>& wanted,
                                         Context& context) const {
  return examine_account(ovh_session(session), wanted, context);
}

}  // namespace muster::ovh
