#pragma once

// Where the bytes of secrets come from: variables, files, commands, and (warned about) the manifests themselves.

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "resources/contract/context.h"
#include "resources/contract/secret.h"

namespace muster::manifests {

/// Reads each origin once per run and keeps the bytes in memory only. Thread-safe; `environment` and `redactor` must
/// outlive it. read() blocks while a command runs.
class Secrets : public SecretReader {
 public:
  Secrets(const Environment& environment, Redactor& redactor,
          std::chrono::milliseconds command_limit = std::chrono::seconds(30));

  /// Throws Error(invalid) when the variable is unset, the file is unreadable, empty or above 1 MiB, or the command
  /// fails, prints nothing, or runs longer than the limit. Commands run without a shell, with no standard input.
  std::string read(const SecretOrigin& origin) override;

  /// Takes the bytes of a secret that stands in a manifest; `place` is "file:line:column".
  void keep_plain(const std::string& place, std::string bytes);

  /// secret_digest of what `origin` reads, computed once per field and byte string. Throws what read() throws.
  std::string digest(const SecretOrigin& origin, std::string_view fleet_uid, std::string_view field);

 private:
  std::string fetch(const SecretOrigin& origin) const;

  const Environment& environment_;
  Redactor& redactor_;
  std::chrono::milliseconds command_limit_;
  std::mutex mutex_;
  std::map<SecretOrigin, std::string> bytes_;
  std::map<std::string, std::string> digests_;  ///< SHA-256 of uid, field and bytes -> secret_digest
};

/// PBKDF2-SHA256 with 200,000 rounds, salted with the fleet's uid and the field ("Workshop.spec.login.password"), in
/// hex. Equal bytes digest equally within one field of a fleet only, and a stolen digest is slow to guess from.
std::string secret_digest(std::string_view fleet_uid, std::string_view field, std::string_view bytes);

}  // namespace muster::manifests
