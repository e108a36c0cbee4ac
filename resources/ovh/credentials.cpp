#include "resources/ovh/credentials.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"
#include "resources/contract/secret.h"

namespace muster::ovh {
namespace {

struct Platform {
  std::string_view name;
  std::string_view url;
  std::string_view token_url;
};
constexpr std::array<Platform, 7> platforms{{
    {"ovh-eu", "https://eu.api.ovh.com/1.0", "https://www.ovh.com/auth/oauth2/token"},
    {"ovh-ca", "https://ca.api.ovh.com/1.0", "https://ca.ovh.com/auth/oauth2/token"},
    {"ovh-us", "https://api.us.ovhcloud.com/1.0", "https://us.ovhcloud.com/auth/oauth2/token"},
    {"soyoustart-eu", "https://eu.api.soyoustart.com/1.0", ""},
    {"soyoustart-ca", "https://ca.api.soyoustart.com/1.0", ""},
    {"kimsufi-eu", "https://eu.api.kimsufi.com/1.0", ""},
    {"kimsufi-ca", "https://ca.api.kimsufi.com/1.0", ""},
}};

/// One spelling of a setting per source.
struct Setting {
  std::string_view manifest;
  std::string_view file;
  std::string_view variable;
};
constexpr std::array<Setting, 6> settings{{
    {"applicationKey", "application_key", "OVH_APPLICATION_KEY"},
    {"applicationSecret", "application_secret", "OVH_APPLICATION_SECRET"},
    {"consumerKey", "consumer_key", "OVH_CONSUMER_KEY"},
    {"clientId", "client_id", "OVH_CLIENT_ID"},
    {"clientSecret", "client_secret", "OVH_CLIENT_SECRET"},
    {"accessToken", "access_token", "OVH_ACCESS_TOKEN"},
}};

struct Method {
  std::string_view name;
  std::size_t first;
  std::size_t count;
};
constexpr std::array<Method, 3> methods{
    {{"the application key", 0, 3}, {"the OAuth2 client", 3, 2}, {"the access token", 5, 1}}};

/// What one source says; `values` in the order of `settings`.
struct Source {
  std::string origin;
  std::string_view Setting::*spelling = &Setting::manifest;
  std::string endpoint;
  std::array<std::optional<std::string>, settings.size()> values;

  std::string spelled(std::size_t index) const { return std::string(settings[index].*spelling); }
  bool has_any(const Method& method) const {
    for (std::size_t at = method.first; at < method.first + method.count; ++at)
      if (values[at]) return true;
    return false;
  }
};

/// The method of this source, nullptr when it has none.
const Method* method_of(const Source& source) {
  const Method* found = nullptr;
  for (const Method& method : methods) {
    if (!source.has_any(method)) continue;
    if (found != nullptr) {
      throw Error(Fault::invalid,
                  fmt::format("{} mixes two ways to log in: {} and {}", source.origin, found->name, method.name),
                  "keep one of them; all official OVH clients refuse the mix too");
    }
    found = &method;
  }
  return found;
}

Login login_of(const Source& source, const Method& method) {
  std::vector<std::string> missing;
  for (std::size_t at = method.first; at < method.first + method.count; ++at)
    if (!source.values[at]) missing.push_back(source.spelled(at));
  if (!missing.empty()) {
    throw Error(
        Fault::invalid,
        fmt::format("{} has only a part of {}: {} missing", source.origin, method.name, fmt::join(missing, ", ")),
        "a login is taken from one place as a whole: the manifest, else OVH_* variables, else ovh.conf");
  }
  const auto& values = source.values;
  if (method.first == 0) return ApplicationKey{*values[0], *values[1], *values[2]};
  if (method.first == 3) return OAuth2Client{*values[3], *values[4]};
  return AccessToken{*values[5]};
}

std::optional<std::string> manifest_text(const Value& value, SecretReader& secrets) {
  if (value.is_string() && !value.as_string().empty()) return value.as_string();
  if (!value.is_hole()) return std::nullopt;
  const auto* secret = std::get_if<Secret>(&value.as_hole());
  if (secret == nullptr) return std::nullopt;
  return reveal(*secret, secrets);
}

Source from_manifest(const Manifest& manifest, SecretReader& secrets) {
  Source source{"manifest " + manifest.key(), &Setting::manifest, manifest.spec.string_at("endpoint"), {}};
  for (std::size_t at = 0; at < settings.size(); ++at)
    source.values[at] = manifest_text(manifest.spec.at(settings[at].manifest), secrets);
  return source;
}

Source from_environment(const Environment& environment) {
  Source source{"the environment (OVH_*)", &Setting::variable, environment.get("OVH_ENDPOINT").value_or(""), {}};
  for (std::size_t at = 0; at < settings.size(); ++at) source.values[at] = environment.get(settings[at].variable);
  return source;
}

/// `endpoint` when an earlier source named one: it picks the section.
Source from_file(const std::string& path, const Ini& ini, std::string endpoint) {
  Source source{path, &Setting::file, {}, {}};
  const auto value = [&ini](const std::string& section, std::string_view key) -> std::optional<std::string> {
    const auto found = ini.find(section);
    if (found == ini.end()) return std::nullopt;
    const auto entry = found->second.find(std::string(key));
    if (entry == found->second.end() || entry->second.empty()) return std::nullopt;
    return entry->second;
  };
  source.endpoint = value("default", "endpoint").value_or("");
  if (endpoint.empty()) endpoint = source.endpoint;
  for (std::size_t at = 0; at < settings.size(); ++at) source.values[at] = value(endpoint, settings[at].file);
  return source;
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

}  // namespace

std::string Endpoint::create_token_url(std::string_view query) const {
  std::string root = url;
  for (std::string_view branch : {"/1.0", "/v1"})
    if (root.ends_with(branch)) root.erase(root.size() - branch.size());
  return fmt::format("{}/createToken/?{}", root, query);
}

Endpoint find_endpoint(std::string_view name_or_url) {
  if (name_or_url.find('/') != std::string_view::npos) {
    std::string url(name_or_url);
    while (url.ends_with('/')) url.pop_back();
    std::string root = url;
    const std::size_t authority = root.find("://");
    if (authority == std::string::npos)
      throw Error(Fault::invalid, fmt::format("OVH endpoint {} is no URL", name_or_url), "begin it with https://");
    root = root.substr(0, root.find('/', authority + 3));
    return {url, url, root + "/auth/oauth2/token"};
  }
  std::vector<std::string> names;
  for (const Platform& platform : platforms) {
    if (platform.name == name_or_url)
      return {std::string(platform.name), std::string(platform.url), std::string(platform.token_url)};
    names.emplace_back(platform.name);
  }
  const std::string near = did_you_mean(name_or_url, names);
  throw Error(Fault::invalid, fmt::format("there is no OVH endpoint {}", name_or_url),
              fmt::format("{}known: {}; or give a URL", near.empty() ? "" : fmt::format("did you mean {}? ", near),
                          fmt::join(names, ", ")));
}

std::string Credentials::budget_key() const {
  struct Namer {
    std::string operator()(const ApplicationKey& key) const { return key.application_key; }
    std::string operator()(const OAuth2Client& client) const { return client.client_id; }
    std::string operator()(const AccessToken& token) const { return digest_bytes(token.token).substr(0, 12); }
  };
  return fmt::format("ovh {} {}", endpoint.name, std::visit(Namer{}, login));
}

Ini parse_ini(std::string_view text, std::string_view file) {
  Ini ini;
  std::string section;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == ';' || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (line.front() == '[' && line.back() == ']') {
      section = trimmed(std::string_view(line).substr(1, line.size() - 2));
    } else if (equals != std::string::npos) {
      ini[section][trimmed(std::string_view(line).substr(0, equals))] =
          trimmed(std::string_view(line).substr(equals + 1));
    } else {
      throw Error(Fault::invalid, fmt::format("{}:{}: neither [section] nor key=value", file, number),
                  "ovh.conf has [default] with endpoint=NAME and a section per endpoint with its keys");
    }
  }
  return ini;
}

std::optional<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error(Fault::invalid, fmt::format("{} is a directory", path),
                "make it a file, or name the credentials in the manifest");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) return std::nullopt;
    throw Error(Fault::invalid, fmt::format("{} cannot be read: {}", path, std::strerror(reason)),
                "make it readable, or name the credentials in the manifest");
  }
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> configuration_files(const Environment& environment) {
  std::vector<std::string> files{"./ovh.conf"};
  if (const auto home = environment.get("HOME")) files.push_back(*home + "/.ovh.conf");
  files.emplace_back("/etc/ovh.conf");
  return files;
}

Credentials find_credentials(const Manifest& manifest, SecretReader& secrets, const ReadFile& read,
                             const Environment& environment, Redactor& redactor) {
  Credentials found;
  std::optional<Source> chosen;
  std::string endpoint;
  const auto consider = [&](Source source) {
    if (endpoint.empty()) endpoint = source.endpoint;
    const Method* method = chosen ? nullptr : method_of(source);
    if (method == nullptr) return;
    found.login = login_of(source, *method);
    chosen = std::move(source);
  };
  consider(from_manifest(manifest, secrets));
  consider(from_environment(environment));
  const auto files = configuration_files(environment);
  for (const std::string& path : files) {
    // A file that nobody needs may be unreadable, or no ovh.conf at all.
    if (chosen && !endpoint.empty()) break;
    const auto text = read(path);
    if (!text) continue;
    consider(from_file(path, parse_ini(*text, path), endpoint));
    break;
  }
  if (!endpoint.empty()) found.endpoint = find_endpoint(endpoint);
  const std::string asked =
      fmt::format("asked: manifest {}, OVH_* variables, {}", manifest.key(), fmt::join(files, ", "));
  if (!chosen) {
    throw Error(
        Fault::invalid, fmt::format("{} has no credentials for the OVH API", manifest.key()),
        asked +
            "; give applicationKey, applicationSecret and consumerKey, or clientId and clientSecret, or accessToken");
  }
  if (found.endpoint.name.empty()) {
    throw Error(Fault::invalid, fmt::format("{} names no OVH endpoint", manifest.key()),
                asked + "; give endpoint: ovh-eu, ovh-ca, ovh-us or a URL");
  }
  if (std::holds_alternative<OAuth2Client>(found.login) && found.endpoint.token_url.empty()) {
    throw Error(Fault::invalid, fmt::format("endpoint {} offers no OAuth2", found.endpoint.name),
                "use an application key, its secret and a consumer key");
  }
  found.origin = chosen->origin;
  for (std::size_t at : {std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{5}})
    if (chosen->values[at]) redactor.add(*chosen->values[at]);
  return found;
}

}  // namespace muster::ovh
