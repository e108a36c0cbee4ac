#include "resources/openstack/credentials.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "resources/contract/error.h"
#include "resources/openstack/clouds_file.h"

namespace muster::openstack {
namespace {

using Spellings = std::vector<std::string_view>;
/// By the canonical name, the first column of the table.
using Fields = std::map<std::string, std::string, std::less<>>;

enum class Source { manifest, clouds_file, environment };

/// One fact about a login and what it is called in each place; where there are several names the first is today's.
struct Spelling {
  std::string_view canonical;
  std::string_view in_manifest;
  Spellings in_environment;
  Spellings in_clouds_file;
};

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> table{
      {"auth_url", "authUrl", {"OS_AUTH_URL"}, {"auth.auth_url"}},
      {"auth_type", "", {"OS_AUTH_TYPE"}, {"auth_type"}},
      {"username", "username", {"OS_USERNAME"}, {"auth.username"}},
      {"user_id", "", {"OS_USER_ID"}, {"auth.user_id"}},
      {"password", "password", {"OS_PASSWORD"}, {"auth.password"}},
      {"user_domain_name", "userDomain", {"OS_USER_DOMAIN_NAME"}, {"auth.user_domain_name", "user_domain_name"}},
      {"user_domain_id", "", {"OS_USER_DOMAIN_ID"}, {"auth.user_domain_id", "user_domain_id"}},
      {"project_name", "project", {"OS_PROJECT_NAME", "OS_TENANT_NAME"}, {"auth.project_name", "auth.tenant_name"}},
      {"project_id", "projectId", {"OS_PROJECT_ID", "OS_TENANT_ID"}, {"auth.project_id", "auth.tenant_id"}},
      {"project_domain_name",
       "projectDomain",
       {"OS_PROJECT_DOMAIN_NAME"},
       {"auth.project_domain_name", "project_domain_name"}},
      {"project_domain_id", "", {"OS_PROJECT_DOMAIN_ID"}, {"auth.project_domain_id", "project_domain_id"}},
      {"application_credential_id",
       "applicationCredentialId",
       {"OS_APPLICATION_CREDENTIAL_ID"},
       {"auth.application_credential_id"}},
      {"application_credential_name",
       "applicationCredentialName",
       {"OS_APPLICATION_CREDENTIAL_NAME"},
       {"auth.application_credential_name"}},
      {"application_credential_secret",
       "applicationCredentialSecret",
       {"OS_APPLICATION_CREDENTIAL_SECRET"},
       {"auth.application_credential_secret"}},
      {"token", "token", {"OS_TOKEN", "OS_AUTH_TOKEN"}, {"auth.token"}},
      {"region", "region", {"OS_REGION_NAME"}, {"region_name", "regions"}},
      {"interface", "interface", {"OS_INTERFACE", "OS_ENDPOINT_TYPE"}, {"interface", "endpoint_type"}},
      {"ca_file", "caFile", {"OS_CACERT"}, {"cacert"}},
      {"insecure", "", {"OS_INSECURE"}, {}},
      {"verify", "", {}, {"verify"}},
  };
  return table;
}

/// What steers the connection rather than the login: allowed beside `cloud` and beside OS_* variables.
bool is_login_field(std::string_view canonical) {
  return canonical != "region" && canonical != "interface" && canonical != "ca_file";
}

/// Which project of the login is meant: allowed beside `cloud` and beside OS_* variables as well, unless the manifest
/// has a login of its own.
bool is_project_field(std::string_view canonical) { return canonical.starts_with("project_"); }

/// Empty when that source has no word for it.
std::string spelled(std::string_view canonical, Source source) {
  for (const Spelling& spelling : spellings()) {
    if (spelling.canonical != canonical) continue;
    if (source == Source::manifest) return std::string(spelling.in_manifest);
    const Spellings& names = source == Source::environment ? spelling.in_environment : spelling.in_clouds_file;
    return names.empty() ? std::string() : std::string(names.front());
  }
  return {};
}

Fields fields_of_manifest(const Manifest& manifest, SecretReader& secrets) {
  Fields fields;
  for (const Spelling& spelling : spellings()) {
    if (spelling.in_manifest.empty()) continue;
    const Value& value = manifest.spec.at(spelling.in_manifest);
    if (value.is_string() && !value.as_string().empty()) fields.emplace(spelling.canonical, value.as_string());
    if (!value.is_hole()) continue;
    if (const auto* secret = std::get_if<Secret>(&value.as_hole())) {
      fields.emplace(spelling.canonical, reveal(*secret, secrets));
    }
  }
  const auto ca_file = fields.find("ca_file");
  if (ca_file != fields.end()) {
    ca_file->second = (std::filesystem::path(manifest.origin.file).parent_path() / ca_file->second).string();
  }
  return fields;
}

Fields fields_of_environment(const Environment& environment) {
  Fields fields;
  for (const Spelling& spelling : spellings()) {
    for (const std::string_view name : spelling.in_environment) {
      if (const auto value = environment.get(name)) fields.emplace(spelling.canonical, *value);
    }
  }
  return fields;
}

Fields fields_of_cloud(const CloudEntry& entry, const Environment& environment) {
  Fields fields;
  for (const Spelling& spelling : spellings()) {
    for (const std::string_view name : spelling.in_clouds_file) {
      const auto value = entry.values.find(name);
      if (value != entry.values.end()) fields.emplace(spelling.canonical, value->second);
    }
  }
  const auto ca_file = fields.find("ca_file");
  const auto home = environment.get("HOME");
  if (ca_file != fields.end() && home && ca_file->second.compare(0, 2, "~/") == 0) {
    ca_file->second.replace(0, 1, *home);
  }
  return fields;
}

/// What has been gathered, and from where.
struct Gathered {
  Fields fields;
  Source source = Source::manifest;
  std::string described;
};

[[noreturn]] void refuse_mixture(const Manifest& manifest, std::string_view first, std::string_view second) {
  throw Error(Fault::invalid,
              fmt::format("{}: {} mixes two ways to log in: {} and {}", manifest.origin.to_string(), manifest.key(),
                          first, second),
              "keep one of them");
}

Gathered gather_from_environment(const Manifest& manifest, const Environment& environment) {
  const auto cloud = environment.get("OS_CLOUD");
  Fields fields = fields_of_environment(environment);
  if (cloud && fields.count("auth_url") != 0) refuse_mixture(manifest, "OS_CLOUD", "OS_AUTH_URL");
  if (cloud) {
    const CloudEntry entry = read_cloud_entry(*cloud, environment);
    return {fields_of_cloud(entry, environment), Source::clouds_file,
            fmt::format("cloud {} (OS_CLOUD) of {}", *cloud, entry.file)};
  }
  if (fields.count("auth_url") == 0) {
    throw Error(
        Fault::invalid,
        fmt::format("{}: {} names no cloud and no authUrl, and OS_AUTH_URL is not set", manifest.origin.to_string(),
                    manifest.key()),
        "set `cloud` to an entry of clouds.yaml, source the project's openrc file, or set `authUrl` and a login");
  }
  return {std::move(fields), Source::environment, "OS_* variables"};
}

Gathered gather(const Manifest& manifest, SecretReader& secrets, const Environment& environment) {
  const std::string cloud = manifest.spec.string_at("cloud");
  Fields own = fields_of_manifest(manifest, secrets);
  const auto login = std::find_if(own.begin(), own.end(), [](const auto& field) {
    return is_login_field(field.first) && !is_project_field(field.first);
  });
  const bool explicit_login = login != own.end();
  if (!cloud.empty() && explicit_login) refuse_mixture(manifest, "cloud", spelled(login->first, Source::manifest));
  if (explicit_login) {
    return {std::move(own), Source::manifest, fmt::format("{} ({})", manifest.key(), manifest.origin.to_string())};
  }
  Gathered result;
  if (cloud.empty()) {
    result = gather_from_environment(manifest, environment);
  } else {
    const CloudEntry entry = read_cloud_entry(cloud, environment);
    result = {fields_of_cloud(entry, environment), Source::clouds_file,
              fmt::format("cloud {} of {}", cloud, entry.file)};
  }
  const bool names_project = own.contains("project_name") || own.contains("project_id");
  if (names_project)
    std::erase_if(result.fields, [](const auto& field) {
      const bool is_domain = field.first.starts_with("project_domain");
      return is_project_field(field.first) && !is_domain;
    });
  for (auto& [canonical, value] : own) result.fields[canonical] = value;
  return result;
}

std::optional<LoginMethod> method_named(std::string_view auth_type) {
  if (auth_type == "password" || auth_type == "v3password") return LoginMethod::password;
  if (auth_type == "v3applicationcredential") return LoginMethod::application_credential;
  if (auth_type == "token" || auth_type == "v3token") return LoginMethod::token;
  return std::nullopt;
}

LoginMethod choose_method(const Gathered& gathered) {
  const auto given = gathered.fields.find("auth_type");
  if (given != gathered.fields.end()) {
    if (const auto method = method_named(given->second)) return *method;
    throw Error(Fault::invalid,
                fmt::format("{}: {} \"{}\" is not supported", gathered.described, spelled("auth_type", gathered.source),
                            given->second),
                "use password, v3applicationcredential or token");
  }
  const std::vector<std::pair<std::string_view, LoginMethod>> signs{
      {"password", LoginMethod::password},
      {"application_credential_secret", LoginMethod::application_credential},
      {"token", LoginMethod::token}};
  std::vector<std::pair<std::string_view, LoginMethod>> present;
  std::copy_if(signs.begin(), signs.end(), std::back_inserter(present),
               [&](const auto& sign) { return gathered.fields.count(sign.first) != 0; });
  if (present.size() == 1) return present.front().second;
  if (present.empty()) {
    throw Error(
        Fault::invalid,
        fmt::format("{}: there is no {}, no {} and no {}", gathered.described, spelled("password", gathered.source),
                    spelled("application_credential_secret", gathered.source), spelled("token", gathered.source)),
        "give one of them");
  }
  throw Error(Fault::invalid,
              fmt::format("{} mixes two ways to log in: {} and {}", gathered.described,
                          spelled(present[0].first, gathered.source), spelled(present[1].first, gathered.source)),
              "keep one of them");
}

/// Each element is satisfied by any of its names. Throws with all that are missing.
void require(const Gathered& gathered, const std::vector<std::vector<std::string_view>>& wanted) {
  std::vector<std::string> missing;
  for (const auto& alternatives : wanted) {
    const bool given = std::any_of(alternatives.begin(), alternatives.end(),
                                   [&](std::string_view name) { return gathered.fields.count(name) != 0; });
    if (given) continue;
    std::vector<std::string> names;
    for (const std::string_view name : alternatives) {
      if (std::string spelling = spelled(name, gathered.source); !spelling.empty())
        names.push_back(std::move(spelling));
    }
    missing.push_back(fmt::format("{}", fmt::join(names, " or ")));
  }
  if (missing.empty()) return;
  throw Error(Fault::invalid, fmt::format("{} lacks {}", gathered.described, fmt::join(missing, ", ")),
              "add what is missing");
}

void check_complete(const Gathered& gathered, LoginMethod method) {
  switch (method) {
    case LoginMethod::password:
      return require(gathered, {{"auth_url"}, {"username", "user_id"}, {"password"}, {"project_name", "project_id"}});
    case LoginMethod::application_credential:
      if (gathered.fields.count("application_credential_id") != 0) {
        return require(gathered, {{"auth_url"}, {"application_credential_secret"}});
      }
      return require(gathered, {{"auth_url"},
                                {"application_credential_id", "application_credential_name"},
                                {"application_credential_secret"},
                                {"username", "user_id"}});
    case LoginMethod::token:
      return require(gathered, {{"auth_url"}, {"token"}});
  }
}

std::string versioned(std::string url, const std::string& described) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    throw Error(Fault::invalid, fmt::format("{}: the auth URL \"{}\" is no address", described, url),
                "begin it with https://");
  }
  while (!url.empty() && url.back() == '/') url.pop_back();
  const auto ends_in = [&](std::string_view end) {
    return url.size() >= end.size() && url.compare(url.size() - end.size(), end.size(), end) == 0;
  };
  if (ends_in("/v2.0")) {
    throw Error(Fault::invalid, fmt::format("{}: {} is Keystone v2, which no longer exists", described, url),
                "use the same address with /v3");
  }
  return ends_in("/v3") ? url : url + "/v3";
}

bool is_true(std::string_view text) { return text == "1" || text == "true" || text == "True" || text == "yes"; }

Credentials filled(const Gathered& gathered) {
  const auto get = [&](std::string_view name) {
    const auto found = gathered.fields.find(name);
    return found == gathered.fields.end() ? std::string() : found->second;
  };
  Credentials result;
  result.method = choose_method(gathered);
  check_complete(gathered, result.method);
  result.source = gathered.described;
  result.auth_url = versioned(get("auth_url"), gathered.described);
  result.username = get("username");
  result.user_id = get("user_id");
  result.user_domain_name = get("user_domain_name");
  result.user_domain_id = get("user_domain_id");
  result.password = get("password");
  result.project_name = get("project_name");
  result.project_id = get("project_id");
  result.project_domain_name = get("project_domain_name");
  result.project_domain_id = get("project_domain_id");
  result.application_credential_id = get("application_credential_id");
  result.application_credential_name = get("application_credential_name");
  result.application_credential_secret = get("application_credential_secret");
  result.token = get("token");
  result.region = get("region");
  result.ca_file = get("ca_file");
  result.verify_peer = !is_true(get("insecure")) && get("verify") != "false" && get("verify") != "False";
  const std::string interface_name = get("interface");
  // Old files say "publicURL".
  if (!interface_name.empty()) result.interface_name = interface_name.substr(0, interface_name.find("URL"));
  return result;
}

}  // namespace

Credentials credentials_for(const Manifest& manifest, SecretReader& secrets, const Environment& environment,
                            Redactor& redactor) {
  Credentials result = filled(gather(manifest, secrets, environment));
  for (const std::string* secret : {&result.password, &result.application_credential_secret, &result.token}) {
    if (!secret->empty()) redactor.add(*secret);
  }
  return result;
}

std::string login_text(const Credentials& credentials) {
  const bool has_project = !credentials.project_name.empty() || !credentials.project_id.empty();
  // A token alone says which project it is for.
  const std::string token =
      credentials.token.empty() || has_project ? std::string() : digest_bytes(credentials.token).substr(0, 12);
  const std::vector<std::string_view> facts{credentials.auth_url,
                                            credentials.username,
                                            credentials.user_id,
                                            credentials.user_domain_name,
                                            credentials.user_domain_id,
                                            credentials.project_name,
                                            credentials.project_id,
                                            credentials.project_domain_name,
                                            credentials.project_domain_id,
                                            credentials.application_credential_id,
                                            credentials.application_credential_name,
                                            token,
                                            credentials.region,
                                            credentials.interface_name};
  return fmt::format("{}", fmt::join(facts, "\n"));
}

}  // namespace muster::openstack
