#include "manifests/import/install_party.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "manifests/import/install_party_files.h"
#include "manifests/import/install_party_layout.h"
#include "manifests/yaml_reader.h"

namespace muster::manifests {
namespace {

constexpr std::size_t most_nodes = 10'000;

struct Variable {
  std::string_view setting;
  std::string_view name;
};
/// What muster and its sandbox call these by themselves, but for the first.
constexpr std::array variables = {
    Variable{"password", "WORKSHOP_PASSWORD"}, Variable{"application_key", "OVH_APPLICATION_KEY"},
    Variable{"application_secret", "OVH_APPLICATION_SECRET"}, Variable{"consumer_key", "OVH_CONSUMER_KEY"},
    Variable{"cloud_password", "OS_PASSWORD"}};

std::string_view line_of(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

/// Such a message quotes no value: it names the key, or what stands before it.
bool is_about_the_line(std::string_view message) {
  return message.find("occurs twice") != std::string_view::npos || message.starts_with("this line is indented with ") ||
         message.starts_with("a tab stands where indentation ");
}

/// A value that YAML stumbles over may be a password, and the message may quote it.
void hide_secrets(std::string_view text, std::vector<Diagnostic>& diagnostics) {
  for (Diagnostic& diagnostic : diagnostics) {
    const std::string_view line = line_of(text, diagnostic.where.line);
    const bool may_hold_a_secret = std::any_of(variables.begin(), variables.end(), [&](const Variable& variable) {
      const std::string_view key = variable.setting == "cloud_password" ? "password" : variable.setting;
      return line.find(key) != std::string_view::npos;
    });
    if (!may_hold_a_secret || is_about_the_line(diagnostic.message)) continue;
    diagnostic.message = "the value on this line cannot be read as YAML";
    diagnostic.hint = "put it in single quotes, and double each single quote in it";
  }
}

std::array<int, 3> numbers_of(std::string_view version) {
  std::array<int, 3> numbers{};
  const char* at = version.data() + 1;
  const char* const end = version.data() + version.size();
  for (int& number : numbers) {
    at = std::from_chars(at, end, number).ptr;
    if (at == end || *at != '.') break;
    ++at;
  }
  return numbers;
}

/// Keystone v2 is gone everywhere; v3 answers beside it.
std::string modern_auth_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  for (std::string_view version : {"/v2.0", "/v2"}) {
    if (url.ends_with(version)) url = url.substr(0, url.size() - version.size());
  }
  return url.ends_with("/v3") ? url : url + "/v3";
}

class Importer {
 public:
  Importer(const InstallPartyConfig& config, const ImportOptions& options, Import& import)
      : config_(config), options_(options), import_(import) {}

  void run() {
    import_.name_space = config_.text("namespace");
    describe_keys();
    std::stable_sort(import_.keys.begin(), import_.keys.end(),
                     [](const ImportedKey& a, const ImportedKey& b) { return a.where < b.where; });
    add_notes();
    import_.files = repository_files(facts());
  }

 private:
  void became(std::string_view setting, std::string text) {
    const auto found = config_.settings.find(setting);
    if (found == config_.settings.end()) return;
    import_.keys.push_back({found->second.key, found->second.where, std::move(text)});
  }

  void describe_keys() {
    became("namespace", "the Workshop's name, and the fleet's");
    became("zone", "Workshop: dns.zone");
    became("riot_version", client_words());
    became("timeout", "Workshop: readiness.timeLimit");
    became("user", "Workshop: login.user");
    became("instances_provider", "OpenStackProject");
    became("dns_provider", "OvhAccount");
    became("endpoint", "OvhAccount: endpoint");
    became("api_version", "left out: muster asks the cloud");
    const std::string url = config_.text("auth_url");
    const std::string modern = modern_auth_url(url);
    became("auth_url",
           modern == url ? "OpenStackProject: authUrl" : fmt::format("OpenStackProject: authUrl, as {}", modern));
    became("tenant_name", "a comment: the id beside it says the same");
    became("tenant_id", "OpenStackProject: projectId");
    became("username", "OpenStackProject: username");
    became("region", "OpenStackProject: region");
    became("image", "Workshop: image");
    became("flavor", "Workshop: flavor");
    for (const Variable& variable : variables) {
      const auto found = config_.settings.find(variable.setting);
      if (found == config_.settings.end()) continue;
      became(variable.setting, fmt::format("{{env: {}}}", variable.name));
      import_.secrets.push_back({std::string(variable.name), found->second.key, found->second.where});
    }
    std::sort(import_.secrets.begin(), import_.secrets.end(),
              [](const SecretToSet& a, const SecretToSet& b) { return a.where < b.where; });
  }

  bool is_default_client() const { return config_.text("riot_version") == options_.default_version; }
  /// It was renamed with this release, and so was the archive.
  std::string client_name() const {
    return numbers_of(config_.text("riot_version")) < std::array<int, 3>{1, 7, 15} ? "Riot" : "Element";
  }

  std::string client_words() const {
    if (is_default_client()) return "Workshop: element.version";
    return fmt::format("a comment: hosts made from now on get Element {}; for {} {} a checksum is needed",
                       options_.default_version, client_name(), config_.text("riot_version"));
  }

  void add_notes() {
    import_.notes = {
        "Hosts: Install Party kept no list of them. `muster adopt` shows the servers of this namespace and prints the "
        "line for the workshop that names them; then it takes them over as they are.",
        "A script given to Install Party with --post-install-script: put it beside workshop.yaml and name it there "
        "(postInstall).",
        "Install Party's hosts keep what they run. Hosts that muster makes get Caddy 2 and Element, and the login's "
        "password as a hash."};
    if (!is_default_client()) {
      import_.notes.push_back(fmt::format(
          "{0} {1}: muster installs only what it has a checksum of. To keep it, uncomment `element` in workshop.yaml; "
          "`muster validate` then names the archive to check.",
          client_name(), config_.text("riot_version")));
    }
    if (config_.text("timeout").empty())
      import_.notes.emplace_back("This layout had no time limit for a host's web server; 15 minutes are muster's.");
  }

  RepositoryFacts facts() const {
    RepositoryFacts facts;
    facts.uid = options_.uid;
    facts.schema = options_.schema;
    facts.beside = options_.beside;
    facts.name_space = import_.name_space;
    facts.zone = config_.text("zone");
    facts.version = config_.text("riot_version");
    facts.version_is_default = is_default_client();
    facts.client = client_name();
    facts.time_limit = config_.text("timeout");
    facts.user = config_.text("user");
    facts.endpoint = config_.text("endpoint");
    facts.auth_url = modern_auth_url(config_.text("auth_url"));
    facts.tenant_name = config_.text("tenant_name");
    facts.tenant_id = config_.text("tenant_id");
    facts.username = config_.text("username");
    facts.region = config_.text("region");
    facts.image = config_.text("image");
    facts.flavor = config_.text("flavor");
    return facts;
  }

  const InstallPartyConfig& config_;
  const ImportOptions& options_;
  Import& import_;
};

}  // namespace

Import import_install_party(const std::string& file, std::string_view text, const ImportOptions& options) {
  Import import;
  YamlFile yaml = read_yaml(file, text, most_nodes);
  hide_secrets(text, yaml.diagnostics);
  import.diagnostics = std::move(yaml.diagnostics);
  if (yaml.documents.empty() && import.diagnostics.empty())
    import.diagnostics.push_back({Severity::error, {file, 1, 1, {}}, "the file is empty", "name another one"});
  if (yaml.documents.size() > 1) {
    import.diagnostics.push_back({Severity::error, yaml.documents[1].root->where(), "a second document begins here",
                                  "Install Party reads one document; remove the others"});
  }
  if (!yaml.documents.empty()) {
    InstallPartyConfig config = read_install_party(yaml.documents.front());
    // After a syntax error the rest is missing only because nobody could read it.
    if (import.diagnostics.empty() || config.layout) {
      import.diagnostics.insert(import.diagnostics.end(), config.diagnostics.begin(), config.diagnostics.end());
    }
    if (config.layout) {
      import.layout = *config.layout == Layout::early ? "the layout of 0.1 to 0.3" : "the layout of 1.0";
      if (!has_errors(import.diagnostics)) Importer(config, options, import).run();
    }
  }
  sort_diagnostics(import.diagnostics);
  return import;
}

}  // namespace muster::manifests
