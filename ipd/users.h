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
/// 32 random bytes, URL-safe. Behind the name of its user and a dot, where that name fits into a header as it is: then
/// it is compared with that user's hash first, and each argon2id hash takes a tenth of a second.
std::string new_token(std::string_view name);

/// Thread-safe.
class Users {
 public:
  explicit Users(std::vector<UserEntry> entries);

  /// Whose token it is where that is quick to tell: the file has its SHA-256, or it was found before. Nothing: find()
  /// tells.
  std::optional<UserEntry> known(std::string_view token) const;
  /// Nothing for a token that nobody has. Each hash is compared in constant time. A token that fitted an argon2id hash
  /// is known from then on, by a digest with a key of this process.
  std::optional<UserEntry> find(std::string_view token);
  /// From now on. Tokens of lines that stay are known as before.
  void replace(std::vector<UserEntry> entries);
  /// By which a secret can be known again without being kept: 32 bytes, with a key of this process.
  std::string fingerprint(std::string_view secret) const;

 private:
  std::optional<UserEntry> with_hash(std::string_view hash) const;

  mutable std::mutex mutex_;
  std::vector<UserEntry> entries_;
  std::map<std::string, std::string> known_;  ///< fingerprint of a token -> the argon2id hash that it fits
  std::string key_;
};

}  // namespace muster::ipd
