#include "ipd/users.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "ipd/deployment.h"
#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

constexpr std::string_view argon_prefix = "$argon2id$";

void start_sodium() {
  if (sodium_init() < 0) throw Error(Fault::permanent, "libsodium cannot be initialised");
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), bytes_of(text), text.size());
  std::string hex(hash.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  hex.pop_back();
  return hex;
}

bool is_sha256(std::string_view hash) {
  return hash.size() == 2 * crypto_hash_sha256_BYTES &&
         hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// How the tokens of a user begin that were made here.
std::string named_beginning(std::string_view name) { return fmt::format("{}.", name); }

bool is_equal(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Why the line says nothing; empty when `entry` is what it says.
std::string parse_line(std::string_view line, UserEntry& entry) {
  const std::vector<std::string> parts = split(line, ':');
  if (parts.size() < 3 || parts.size() > 4) return "not ROLE:name:hash";
  const auto role = parse_role(parts[0]);
  if (!role) return fmt::format("'{}' is no role: ADMIN or USER", parts[0]);
  if (parts[1].empty()) return "the name is empty";
  if (!is_sha256(parts[2]) && !parts[2].starts_with(argon_prefix))
    return "the hash is neither 64 hex digits (SHA-256, lower case) nor argon2id's";
  entry = {*role, parts[1], parts[2], {}};
  if (parts.size() < 4) return {};
  if (parts[3].empty()) return "the projects are empty: name some, or leave the last ':' out for all";
  if (*role == Role::admin) return "an ADMIN may touch all projects: leave them out, or make it a USER";
  entry.projects = split(parts[3], ',');
  return {};
}

}  // namespace

std::string_view to_string(Role role) { return role == Role::admin ? "ADMIN" : "USER"; }

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::admin, Role::user})
    if (to_string(role) == text) return role;
  return std::nullopt;
}

bool UserEntry::may_touch(std::string_view project) const {
  return projects.empty() || std::find(projects.begin(), projects.end(), project) != projects.end();
}

UserFile read_user_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) {
    throw Error(Fault::usage, fmt::format("cannot read the users in {}: {}", path.string(), std::strerror(errno)),
                fmt::format("make the first one with: ipd user add ADMIN NAME -f {}", path.string()));
  }
  UserFile file;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line.front() == '#') continue;
    UserEntry entry;
    const std::string why = parse_line(line, entry);
    if (why.empty())
      file.entries.push_back(std::move(entry));
    else
      file.complaints.push_back(fmt::format("{}:{}: {}; the line is skipped", path.string(), number, why));
  }
  return file;
}

std::string to_line(const UserEntry& entry) {
  std::string line = fmt::format("{}:{}:{}", to_string(entry.role), entry.name, entry.hash);
  if (!entry.projects.empty()) line += fmt::format(":{}", fmt::join(entry.projects, ","));
  return line;
}

std::string hash_token(std::string_view token) {
  start_sodium();
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), token.data(), token.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw Error(Fault::permanent, "argon2id needs 64 MiB of memory, which there is not");
  }
  return text.data();
}

std::string new_token(std::string_view name) {
  start_sodium();
  std::array<unsigned char, 32> random{};
  randombytes_buf(random.data(), random.size());
  std::string text(sodium_base64_ENCODED_LEN(random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.resize(std::strlen(text.c_str()));
  return is_project_name(name) ? named_beginning(name) + text : text;
}

Users::Users(std::vector<UserEntry> entries) : entries_(std::move(entries)), key_(crypto_auth_KEYBYTES, '\0') {
  start_sodium();
  randombytes_buf(key_.data(), key_.size());
}

std::string Users::fingerprint(std::string_view secret) const {
  std::string digest(crypto_auth_BYTES, '\0');
  crypto_auth(reinterpret_cast<unsigned char*>(digest.data()), bytes_of(secret), secret.size(), bytes_of(key_));
  return digest;
}

/// Precondition: the mutex is held.
std::optional<UserEntry> Users::with_hash(std::string_view hash) const {
  std::optional<UserEntry> found;
  for (const UserEntry& entry : entries_)
    if (is_equal(entry.hash, hash)) found = entry;
  return found;
}

std::optional<UserEntry> Users::known(std::string_view token) const {
  const std::string key = fingerprint(token);
  const std::string plain = sha256_hex(token);
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return with_hash(found == known_.end() ? plain : found->second);
}

std::optional<UserEntry> Users::find(std::string_view token) {
  if (auto user = known(token)) return user;
  std::vector<UserEntry> entries;
  {
    const std::lock_guard lock(mutex_);
    entries = entries_;
  }
  std::erase_if(entries, [](const UserEntry& entry) { return !entry.hash.starts_with(argon_prefix); });
  std::stable_partition(entries.begin(), entries.end(),
                        [&](const UserEntry& entry) { return token.starts_with(named_beginning(entry.name)); });
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const UserEntry& entry) {
    return crypto_pwhash_str_verify(entry.hash.c_str(), token.data(), token.size()) == 0;
  });
  if (found == entries.end()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  known_.emplace(fingerprint(token), found->hash);
  return with_hash(found->hash);  // the file may have been read again meanwhile
}

void Users::replace(std::vector<UserEntry> entries) {
  const std::lock_guard lock(mutex_);
  entries_ = std::move(entries);
  std::erase_if(known_, [this](const auto& one) { return !with_hash(one.second); });
}

}  // namespace muster::ipd
