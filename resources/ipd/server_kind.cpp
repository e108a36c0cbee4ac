#include "resources/ipd/server_kind.h"

#include <fmt/format.h>

#include "resources/ipd/session.h"

namespace muster::ipd_driver {
namespace {

Limits limits_in(const Manifest& manifest) {
  const auto limit = [&](const char* path, int usual) { return static_cast<int>(manifest.spec.int_at(path, usual)); };
  return {limit("limits.concurrency", Limits{}.concurrency),
          limit("limits.requestsPerSecond", Limits{}.requests_per_second)};
}

std::vector<Field> limit_fields() {
  return {
      {.name = "concurrency",
       .type = Type::integer,
       .default_value = Limits{}.concurrency,
       .minimum = 1,
       .maximum = 64,
       .doc = "How many calls, uploads among them, are made at the same time."},
      {.name = "requestsPerSecond",
       .type = Type::integer,
       .default_value = Limits{}.requests_per_second,
       .minimum = 1,
       .maximum = 1000,
       .doc = "Calls are spaced so that no second sees more."},
  };
}

Schema server_schema() {
  Schema schema;
  schema.kind = "IpdServer";
  schema.doc = "A server that deployments are pushed to: muster's own ipd, or an original IPD.";
  schema.fields = {
      {.name = "url",
       .required = true,
       .pattern = "https?://[^ ?#]*[^ ?#/]",
       .pattern_hint = "a URL that starts with https:// or http:// and does not end in a slash",
       .doc = "Its address with its API_ROOT: \"https://deploy.example.com/deploy\". With host, {address} in it stands "
              "for "
              "the IPv4 address of that."},
      {.name = "token",
       .type = Type::secret,
       .required = true,
       .doc = "The token of one of its users. An ADMIN's shows everything that runs there, a USER's what it may touch.",
       .sensitive = true},
      {.name = "caFile",
       .doc = "PEM file of the CA that signed its certificate, relative to the manifest. Without it the system's CAs."},
      {.name = "host",
       .type = Type::record,
       .doc = "The machine it runs on, where muster makes that: deployments wait until it is ready, and go with it.",
       .fields = {{.name = "workshop", .required = true, .names_kind = "Workshop", .doc = "The Workshop of the host."},
                  {.name = "name", .required = true, .doc = "What the Workshop calls the host."}}},
      {.name = "limits",
       .type = Type::record,
       .doc = "How much muster asks of the server at once.",
       .fields = limit_fields()},
  };
  return schema;
}

std::string counted(std::size_t projects) { return projects == 1 ? "1 project" : fmt::format("{} projects", projects); }

/// A secret still, or its bytes where the server is reached through a machine.
std::string token_of(const Value& token, SecretReader& secrets) {
  return token.is_string() ? token.as_string() : reveal(std::get<Secret>(token.as_hole()), secrets);
}

}  // namespace

IpdServer::IpdServer() : schema_(server_schema()) {}

bool IpdServer::is_on_machine(const Manifest& manifest) const { return manifest.spec.at("host").is_map(); }

ConnectionLimits IpdServer::limits(const Manifest& manifest) const { return {limits_in(manifest).concurrency}; }

std::string IpdServer::login(const Manifest& manifest, const Environment&) const {
  return manifest.spec.string_at("url");
}

std::unique_ptr<Session> IpdServer::open(const Manifest& manifest, SecretReader& secrets, Context& context) const {
  Login login;
  login.url = manifest.spec.string_at("url");
  login.ca_file = manifest.file_at("caFile");
  login.token = token_of(manifest.spec.at("token"), secrets);
  return std::make_unique<IpdSession>(manifest.spec.string_at("name", manifest.name), std::move(login),
                                      limits_in(manifest), context.network);
}

std::vector<Finding> IpdServer::examine(Session& session, const std::vector<const Resource*>&, Context& context) const {
  Client& client = dynamic_cast<IpdSession&>(session).client;
  Findings findings;
  findings.attempt("login", [&] {
    const auto all = client.all(context);
    if (all) {
      findings.add(FindingState::ok, "login", fmt::format("{}, {} to be seen", client.url(), counted(all->size())));
    } else if (const auto names = client.projects(context)) {
      findings.add(FindingState::warning, "login",
                   fmt::format("{}, an original IPD, {}", client.url(), counted(names->size())),
                   "it tells neither what runs nor whose it is: losing muster's database means deploying anew");
    } else {
      findings.add(FindingState::warning, "login", fmt::format("{}, an original IPD, by a USER's token", client.url()),
                   "it tells neither what runs nor whose it is: losing muster's database means deploying anew");
    }
  });
  return findings.take();
}

}  // namespace muster::ipd_driver
