#pragma once

// Who may do what: the file of tokens.

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ipd {

enum class Role {
  admin,  ///< everything
  user,   ///< upload, info, status
};
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

/// One line of the file: ROLE:name:hash, or ROLE:name:hash:project,project ...
struct UserEntry {
  Role role = Role::user;
  std::string name;
  std::string hash;                   ///< SHA-256 of the token in lower-case hex, or libsodium's $argon2id$ text
  std::vector<std::string> projects;  ///< the only ones this user may see and deploy; empty: all
  bool may_touch(std::string_view project) const;
};

struct UserFile {
  std::vector<UserEntry> entries;
  std::vector<std::string> complaints;  ///< "FILE:LINE: why": such a line is skipped, blank ones and # comments are not
};

/// Throws Error(usage) when the file cannot be read.
UserFile read_user_file(const std::filesystem::path& path);
std::string to_line(const UserEntry& entry);

/// Hash of a new token, argon2id. Throws Error(permanent) without the memory it takes.
std::string hash_token(std::string_view token);
/// 32 random bytes, URL-safe.
std::string new_token();

/// Thread-safe.
class Users {
 public:
  explicit Users(std::vector<UserEntry> entries);

  /// Whose token was found before; quick. Nothing: find() tells.
  std::optional<UserEntry> known(std::string_view token) const;
  /// Nothing for a token that nobody has. As slow for a wrong token as for a right one: each entry is compared in
  /// constant time. A token that fitted an argon2id hash is known again by a digest with a key of this process.
  std::optional<UserEntry> find(std::string_view token);
  /// From now on.
  void replace(std::vector<UserEntry> entries);

 private:
  std::string known_key(std::string_view token) const;

  mutable std::mutex mutex_;
  std::vector<UserEntry> entries_;
  std::map<std::string, std::size_t> known_;  ///< keyed digest of a token -> its entry
  std::string key_;
};

}  // namespace muster::ipd
