#include "ipd/settings.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <fstream>
#include <map>

#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

struct Setting {
  std::string value;
  std::string place;  ///< "WEBPORT" or "/etc/ipd.conf:3: WEBPORT"
};
using Found = std::map<std::string, Setting>;

[[noreturn]] void refuse(const Setting& setting, std::string_view expected) {
  throw Error(Fault::usage, fmt::format("{} is '{}', not {}", setting.place, setting.value, expected),
              "change it, or remove it for the default");
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

/// As systemd and the shell read it: one pair of quotes around the value is no part of it.
std::string unquoted(std::string text) {
  const bool is_quoted =
      text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.front() == text.back();
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

void read_file(const std::filesystem::path& path, Found& found) {
  std::ifstream in(path);
  if (!in) return;
  int number = 0;
  for (std::string raw; std::getline(in, raw);) {
    ++number;
    std::string line = trimmed(raw);
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      throw Error(Fault::usage, fmt::format("{}:{}: '{}' is not NAME=VALUE", path.string(), number, line),
                  "put # before what is meant for people");
    }
    const std::string name = trimmed(line.substr(0, equals));
    found.try_emplace(name, Setting{unquoted(trimmed(line.substr(equals + 1))),
                                    fmt::format("{}:{}: {}", path.string(), number, name)});
  }
}

class SettingsReader {
 public:
  explicit SettingsReader(Found found) : found_(std::move(found)) {}

  void take(const char* name, std::string& into) const {
    if (const Setting* setting = find(name)) into = setting->value;
  }
  void take(const char* name, std::filesystem::path& into) const {
    if (const Setting* setting = find(name)) into = setting->value;
    if (into.empty()) return;
    into = std::filesystem::absolute(into).lexically_normal();
    if (!into.has_filename() && into.has_relative_path()) into = into.parent_path();
  }
  void take(const char* name, std::int64_t& into, std::int64_t least, std::int64_t most) const {
    const Setting* setting = find(name);
    if (setting == nullptr) return;
    const char* end = setting->value.data() + setting->value.size();
    std::int64_t number = 0;
    const auto [stopped, fault] = std::from_chars(setting->value.data(), end, number);
    if (fault != std::errc{} || stopped != end || number < least || number > most)
      refuse(*setting, fmt::format("a whole number from {} to {}", least, most));
    into = number;
  }
  void take(const char* name, std::chrono::seconds& into) const {
    constexpr std::int64_t longest = 7 * 24 * 3600;
    std::int64_t seconds = into.count();
    take(name, seconds, 1, longest);
    into = std::chrono::seconds(seconds);
  }
  const Setting* find(const char* name) const {
    const auto found = found_.find(name);
    return found == found_.end() || found->second.value.empty() ? nullptr : &found->second;
  }

 private:
  Found found_;
};

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

constexpr std::array<const char*, 21> names{
    "WEBADDRESS",       "WEBPORT",         "API_ROOT",          "UPLOAD_DIR",    "AUTH_DB",         "DATABASE",
    "LOG_DIR",          "MAX_UPLOAD_SIZE", "MAX_UNPACKED_SIZE", "CHECK_TIMEOUT", "PREPARE_TIMEOUT", "DEPLOY_TIMEOUT",
    "SHUTDOWN_TIMEOUT", "TLS_CERTIFICATE", "TLS_KEY",           "CONCURRENT",    "LONGEST_QUEUE",   "KEPT_DEPLOYMENTS",
    "KEEP_FREE",        "MAX_MEMBERS",     "MAX_INTERRUPTIONS"};

}  // namespace

Settings read_settings(const std::function<std::optional<std::string>(const std::string&)>& variable,
                       const std::vector<std::filesystem::path>& files) {
  Found found;
  for (const char* name : names)
    if (const auto value = variable(name)) found[name] = {*value, name};
  for (const auto& file : files) read_file(file, found);
  const SettingsReader reader(std::move(found));

  Settings settings;
  constexpr std::int64_t most_bytes = std::int64_t{1} << 50;
  reader.take("WEBADDRESS", settings.address);
  if (const Setting* setting = reader.find("WEBADDRESS"); setting != nullptr && !is_address(settings.address))
    refuse(*setting, "an IPv4 or IPv6 address");
  std::int64_t port = settings.port;
  reader.take("WEBPORT", port, 0, 65'535);
  settings.port = static_cast<int>(port);
  reader.take("API_ROOT", settings.api_root);
  while (settings.api_root.ends_with('/')) settings.api_root.pop_back();
  if (const Setting* setting = reader.find("API_ROOT"); setting != nullptr && !settings.api_root.empty())
    if (!settings.api_root.starts_with('/')) refuse(*setting, "a path that begins with /");
  settings.upload_dir = ".";
  reader.take("UPLOAD_DIR", settings.upload_dir);
  settings.auth_db = "/opt/ipd/users.txt";
  reader.take("AUTH_DB", settings.auth_db);
  settings.database = settings.upload_dir / "ipd.db";
  reader.take("DATABASE", settings.database);
  reader.take("LOG_DIR", settings.log_dir);
  reader.take("MAX_UPLOAD_SIZE", settings.max_upload_size, 1, most_bytes);
  reader.take("KEEP_FREE", settings.keep_free, 0, most_bytes);
  reader.take("MAX_UNPACKED_SIZE", settings.max_unpacked_size, 1, most_bytes);
  reader.take("MAX_MEMBERS", settings.max_members, 1, most_bytes);
  reader.take("CHECK_TIMEOUT", settings.check_timeout);
  reader.take("PREPARE_TIMEOUT", settings.prepare_timeout);
  reader.take("DEPLOY_TIMEOUT", settings.deploy_timeout);
  reader.take("SHUTDOWN_TIMEOUT", settings.shutdown_timeout);
  reader.take("TLS_CERTIFICATE", settings.tls_certificate);
  reader.take("TLS_KEY", settings.tls_key);
  // Half of it would be no TLS at all, and tokens that anybody can read.
  const Setting* certificate = reader.find("TLS_CERTIFICATE");
  const Setting* key = reader.find("TLS_KEY");
  if ((certificate == nullptr) != (key == nullptr))
    refuse(certificate != nullptr ? *certificate : *key,
           certificate != nullptr ? "of use without TLS_KEY" : "of use without TLS_CERTIFICATE");
  std::int64_t concurrent = settings.concurrent;
  reader.take("CONCURRENT", concurrent, 1, 64);
  settings.concurrent = static_cast<int>(concurrent);
  std::int64_t longest_queue = settings.longest_queue;
  reader.take("LONGEST_QUEUE", longest_queue, 1, 100'000);
  settings.longest_queue = static_cast<int>(longest_queue);
  std::int64_t interruptions = settings.interruptions;
  reader.take("MAX_INTERRUPTIONS", interruptions, 1, 1'000'000);
  settings.interruptions = static_cast<int>(interruptions);
  std::int64_t kept = settings.kept;
  reader.take("KEPT_DEPLOYMENTS", kept, 0, 100);
  settings.kept = static_cast<int>(kept);
  return settings;
}

}  // namespace muster::ipd
