// The user data of a workshop's hosts: whatever attendees' passwords, names and scripts hold, it says exactly that.

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "manifests/decode.h"
#include "manifests/file_text.h"
#include "manifests/patterns.h"
#include "manifests/yaml_reader.h"
#include "reconciler/apply/fill.h"
#include "resources/workshop/workshop.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/user_data.h"

namespace muster::fuzz {
namespace {

using Json = nlohmann::json;

struct OneSecret : SecretReader {
  std::string bytes;
  std::string read(const SecretOrigin&) override { return bytes; }
};

/// Lines of the input, the last one with all that is left: what people write into a Workshop.
struct Words {
  std::string host;
  std::string user;
  std::string mail;
  std::string authority;
  std::string element_url;
  std::string password;
  std::string script;
};

Words words_from(std::string_view input) {
  Words words;
  for (std::string* word :
       {&words.host, &words.user, &words.mail, &words.authority, &words.element_url, &words.password}) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    *word = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  words.script = input;
  return words;
}

/// A member for each word that is given; the checks of the schema say which of them may be.
std::string manifest_spec(const Words& words) {
  Json spec{{"project", "cloud"},
            {"dns", {{"account", "dns"}, {"zone", "example.com"}}},
            {"hosts", {words.host.empty() ? "anna" : words.host}},
            {"image", "Debian 12"},
            {"flavor", "d2-2"},
            {"login", {{"password", {{"env", "PASSWORD"}}}}}};
  if (!words.user.empty()) spec["login"]["user"] = words.user;
  if (!words.mail.empty()) spec["tls"]["acme"]["email"] = words.mail;
  if (!words.authority.empty()) spec["tls"]["acme"]["ca"] = words.authority;
  if (!words.element_url.empty()) spec["element"] = {{"url", words.element_url}, {"sha256", std::string(64, 'a')}};
  return spec.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::optional<Manifest> workshop_of(const Words& words) {
  const auto file = manifests::read_yaml("event.yaml", manifest_spec(words), 10'000);
  if (file.documents.size() != 1 || !file.diagnostics.empty()) return std::nullopt;
  static const Schema schema = workshop::workshop_schema();
  static manifests::Patterns patterns;
  manifests::Decoded decoded = manifests::decode_record(file.documents.front().root, schema.fields, "spec",
                                                        {"event.yaml", 1, 1, {}}, {.patterns = patterns});
  if (has_errors(decoded.diagnostics) || manifests::find_invalid_utf8(words.script) != std::string::npos)
    return std::nullopt;
  Manifest manifest;
  manifest.kind = "Workshop";
  manifest.name = "my-event";
  manifest.spec = std::move(decoded.value);
  manifest.spec.as_map()["postInstall"] = words.script;
  manifest.origin = {"event.yaml", 1, 1, manifest.key()};
  return manifest;
}

/// What is in `node`, as the values that it was written from.
void require_equal(const YAML::Node& node, const Value& value) {
  if (value.is_map()) {
    require(node.IsMap() && node.size() == value.as_map().size(), "user data: a mapping is read as it was");
    for (const auto& [key, member] : value.as_map()) require_equal(node[key], member);
  } else if (value.is_list()) {
    require(node.IsSequence() && node.size() == value.as_list().size(), "user data: a list is read as it was");
    for (std::size_t at = 0; at < value.as_list().size(); ++at) require_equal(node[at], value.as_list()[at]);
  } else if (value.is_bool()) {
    require(node.as<bool>() == value.as_bool(), "user data: a truth value is read as it was");
  } else {
    require(node.IsScalar() && node.Scalar() == value.as_string(), "user data: a text is read as it was");
  }
}

/// The tokens of a Caddyfile's line, as Caddy's own lexer takes them.
std::vector<std::string> caddy_tokens(std::string_view line) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == ' ' || line[at] == '\t') continue;
    std::string token;
    const bool quoted = line[at] == '"';
    for (at += quoted ? 1 : 0; at < line.size() && line[at] != (quoted ? '"' : ' '); ++at) {
      if (quoted && line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '"') ++at;
      token += line[at];
    }
    require(!quoted || at < line.size(), "Caddyfile: a quote is closed");
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

bool says(const std::string& caddyfile, const std::vector<std::string>& directive) {
  const auto lines = lines_of(caddyfile);
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return caddy_tokens(line) == directive; });
}

std::string file_at(const Value& body, std::string_view path) {
  for (const Value& file : body.at("write_files").as_list()) {
    if (file.string_at("path") == path) return file.string_at("content");
  }
  return {};
}

void look_at_files(const Words& words, const Value& body, const std::string& name) {
  const std::string script = words.script.starts_with("#!") ? words.script : "#!/bin/sh\n" + words.script;
  if (!words.script.empty())
    require(file_at(body, "/usr/local/lib/muster/post-install") == script, "the script is carried as it is");
  const std::string caddyfile = file_at(body, "/etc/caddy/Caddyfile");
  require(says(caddyfile, {name, "{"}), "Caddy serves the host's name");
  if (!words.mail.empty()) require(says(caddyfile, {"email", words.mail}), "Caddy is told the address");
  if (!words.authority.empty()) require(says(caddyfile, {"acme_ca", words.authority}), "Caddy is told the authority");
  const Json element = Json::parse(file_at(body, "/etc/muster/element-config.json"));
  require(element["default_server_config"]["m.homeserver"]["server_name"] == name, "Element is told the name");
  const std::vector<std::string> settings = lines_of(file_at(body, "/etc/muster/boot.env"));
  require(settings.size() == 4, "the boot's settings have a line each");
  if (!words.element_url.empty() && words.element_url.find("{version}") == std::string::npos)
    require(settings.front() == "ELEMENT_URL=" + words.element_url, "the boot is told the URL");
}

/// Of a password that stands nowhere else and is no word of ours.
bool is_telling(const Words& words) {
  if (words.password.size() < 16) return false;
  const auto others = {words.host, words.user, words.mail, words.authority, words.element_url, words.script};
  return std::none_of(others.begin(), others.end(),
                      [&](const std::string& other) { return other.find(words.password) != std::string::npos; });
}

void look_at(const WrittenUserData& written, const Words& words) {
  require(written.text.starts_with("#cloud-config\n"), "cloud-init takes the text for its configuration");
  const YAML::Node read = YAML::Load(written.text);
  require_equal(read, written.body);
  const std::string host = words.host.empty() ? "anna" : words.host;
  const std::string name = host + ".my-event.example.com";
  require(written.body.string_at("fqdn") == name && written.body.string_at("hostname") == host,
          "the host has its name");
  const Value& user = written.body.at("users").as_list().at(1);
  if (!words.user.empty()) require(user.string_at("name") == words.user, "the user has its name");
  require(user.string_at("passwd").starts_with("$6$"), "the password is there as a hash");
  require(!is_telling(words) || written.text.find(words.password) == std::string::npos,
          "the password itself is not there");
  look_at_files(words, written.body, name);
}

}  // namespace

std::vector<WrittenUserData> written_user_data(std::string_view input) {
  const Words words = words_from(input);
  const auto manifest = workshop_of(words);
  if (!manifest) return {};
  const Expansion expansion = workshop::Workshop().expand(*manifest, Catalog({*manifest}));
  Redactor redactor;
  OneSecret secret;
  secret.bytes = words.password.empty() ? "not-a-real-password" : words.password;
  std::vector<WrittenUserData> written;
  for (const Resource& resource : expansion.resources) {
    const Value& data = resource.wanted.at("user_data");
    if (!data.is_hole()) continue;
    const auto& document = std::get<Document>(data.as_hole());
    written.push_back({apply::fill(data, secret, redactor).as_string(), apply::fill(document.body, secret, redactor)});
  }
  return written;
}

void fuzz_user_data(std::string_view input) {
  allow_errors([&] {
    for (const WrittenUserData& written : written_user_data(input)) look_at(written, words_from(input));
  });
}

}  // namespace muster::fuzz
