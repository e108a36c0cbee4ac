#include "manifests/party_for_test.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "resources/contract/error.h"

namespace muster::manifests {
namespace {

Field host_names() {
  return {.name = "names",
          .type = Type::list,
          .fields = {{.name = "name", .type = Type::text, .pattern = "[a-z]+", .pattern_hint = "lower-case letters"}}};
}

Field host_count() { return {.name = "count", .type = Type::integer, .minimum = 1, .maximum = 1000}; }

Schema party_schema() {
  return {.kind = "Party",
          .doc = "Hosts for a party.",
          .fields = {
              {.name = "cloud", .type = Type::text, .required = true, .names_kind = "Cloud"},
              {.name = "hosts",
               .type = Type::choice,
               .required = true,
               .doc = "A number, names, or both.",
               .fields = {host_count(),
                          host_names(),
                          {.name = "both", .type = Type::record, .fields = {host_count(), host_names()}}}},
              {.name = "ttl", .type = Type::integer, .default_value = 60, .minimum = 60, .unit = "seconds"},
              {.name = "tls", .type = Type::text, .default_value = "acme", .allowed = {"acme", "internal"}},
              {.name = "version", .type = Type::text},
              {.name = "open", .type = Type::boolean, .default_value = true},
              {.name = "wait", .type = Type::duration, .default_value = 900, .minimum = 10, .maximum = 86400},
              {.name = "from", .type = Type::timestamp},
              {.name = "expires", .type = Type::timestamp},
              {.name = "password", .type = Type::secret},
              {.name = "keys", .type = Type::list, .fields = {{.name = "key", .type = Type::secret}}},
              {.name = "pin", .type = Type::integer, .minimum = 1000, .sensitive = true},
              {.name = "script", .type = Type::file},
              {.name = "tags", .type = Type::set, .fields = {{.name = "tag", .type = Type::text}}},
              {.name = "notes", .type = Type::dictionary, .fields = {{.name = "note", .type = Type::text}}},
              {.name = "login",
               .type = Type::record,
               .fields = {{.name = "user", .type = Type::text, .default_value = "guest"},
                          {.name = "shell", .type = Type::text, .required = true}}},
              {.name = "web",
               .type = Type::record,
               .default_value = Map(),
               .fields = {{.name = "port", .type = Type::integer, .default_value = 443}}},
              {.name = "needs", .type = Type::list, .fields = {{.name = "id", .type = Type::text}}},
          }};
}

class Party : public Blueprint {
 public:
  const Schema& schema() const override { return schema_; }
  Expansion expand(const Manifest& manifest, const Catalog& catalog) const override {
    Expansion expansion;
    const Manifest* cloud = catalog.find("Cloud", manifest.spec.string_at("cloud"));
    if (cloud == nullptr) throw Error(Fault::invalid, "a party was expanded without its cloud");
    const Value& hosts = manifest.spec.at("hosts");
    const List names = hosts.is_list()               ? hosts.as_list()
                       : hosts.at("names").is_list() ? hosts.at("names").as_list()
                                                     : List();
    for (const Value& name : names) add(expansion, manifest, name.as_string());
    const std::int64_t count = hosts.is_int() ? hosts.as_int() : hosts.int_at("count");
    for (std::int64_t index = 0; index < count; ++index) add(expansion, manifest, fmt::format("h{}", index));
    return expansion;
  }

 private:
  static void add(Expansion& expansion, const Manifest& manifest, const std::string& host) {
    Resource resource;
    resource.id = {"test.host", host};
    resource.connection.candidates = {"Cloud/" + manifest.spec.string_at("cloud")};
    resource.wanted = Map{{"ttl", manifest.spec.at("ttl")}, {"password", manifest.spec.at("password")}};
    resource.origin = manifest.where("spec.hosts");
    if (manifest.spec.at("from").is_int())
      resource.lifecycle.from = Time(std::chrono::seconds(manifest.spec.int_at("from")));
    if (manifest.spec.at("expires").is_int())
      resource.lifecycle.until = Time(std::chrono::seconds(manifest.spec.int_at("expires")));
    if (const Value& needs = manifest.spec.at("needs"); needs.is_list()) {
      for (const Value& id : needs.as_list()) resource.needs.push_back({"test.host", id.as_string()});
    }
    expansion.resources.push_back(std::move(resource));
  }

  Schema schema_ = party_schema();
};

class Cloud : public ConnectionKind {
 public:
  const Schema& schema() const override { return schema_; }
  ConnectionLimits limits(const Manifest&) const override { return {}; }
  std::string login(const Manifest&, const Environment&) const override { return {}; }
  std::unique_ptr<Session> open(const Manifest&, SecretReader&, Context&) const override {
    return std::make_unique<Session>();
  }

 private:
  Schema schema_{.kind = "Cloud",
                 .doc = "Where hosts live.",
                 .fields = {{.name = "url", .type = Type::text, .default_value = "http://127.0.0.1"}}};
};

class HostDriver : public Driver {
 public:
  const Schema& schema() const override { return schema_; }
  Traits traits() const override { return {.connection_kind = "Cloud"}; }
  Observation observe(Session&, const ObserveRequest&, Context&) const override { return {}; }
  Observed create(Session&, const Resource&, const Stamp&, Context&) const override { return {}; }
  Observed update(Session&, const Resource&, const Observed& observed, const std::vector<FieldChange>&, const Stamp&,
                  Context&) const override {
    return observed;
  }
  std::optional<Observed> remove(Session&, const Observed&, Context&) const override { return std::nullopt; }

 private:
  Schema schema_{.kind = "test.host", .doc = "A host.", .fields = {{.name = "ttl", .type = Type::integer}}};
};

}  // namespace

std::optional<std::string> TestEnvironment::get(std::string_view name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional(found->second);
}

void register_party(Registry& registry) {
  registry.add(std::make_unique<Party>());
  registry.add(std::make_unique<Cloud>());
  registry.add(std::make_unique<HostDriver>());
}

LoadFixture::LoadFixture() {
  register_party(registry);
  std::string pattern = (std::filesystem::temp_directory_path() / "muster-manifests-").string() + std::string(6, 'X');
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
}

LoadFixture::~LoadFixture() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string LoadFixture::path(const std::string& name) const {
  const std::filesystem::path full = std::filesystem::path(directory_) / name;
  std::filesystem::create_directories(full.parent_path());
  return full.lexically_normal().string();
}

std::string LoadFixture::write(const std::string& name, std::string_view text) const {
  std::string full = path(name);
  std::ofstream(full, std::ios::binary) << text;
  return full;
}

void LoadFixture::write_fleet() const {
  write("fleet.yaml",
        "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
        "spec: {uid: 0123456789abcdef0123456789abcdef}\n"
        "---\napiVersion: muster/v1\nkind: Cloud\nmetadata: {name: here}\n");
}

Load LoadFixture::load(const LoadOptions& options) { return manifests::load({directory_}, registry, secrets, options); }

std::string LoadFixture::problems(const LoadOptions& options) {
  std::string text = print(load(options).diagnostics);
  for (std::size_t at = text.find(directory_ + "/"); at != std::string::npos; at = text.find(directory_ + "/")) {
    text.erase(at, directory_.size() + 1);
  }
  return text;
}

std::string party(std::string_view rest) {
  return "apiVersion: muster/v1\nkind: Party\nmetadata: {name: summer}\nspec:\n  cloud: here\n" + std::string(rest);
}

const Manifest& only_party(const Load& loaded) {
  for (const Manifest& manifest : loaded.manifests) {
    if (manifest.kind == "Party") return manifest;
  }
  throw std::runtime_error("no party was loaded");
}

std::string print(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    const std::string where = one.where.to_string();
    text += fmt::format("{}{}{}: {}\n", where, where.empty() ? "" : ": ",
                        one.severity == Severity::error ? "error" : "warning", one.message);
    if (!one.hint.empty()) text += fmt::format("  {}\n", one.hint);
  }
  return text;
}

}  // namespace muster::manifests
