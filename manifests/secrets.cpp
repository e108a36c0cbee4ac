#include "manifests/secrets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

#include "manifests/file_text.h"
#include "manifests/subprocess.h"
#include "resources/contract/error.h"

namespace muster::manifests {
namespace {

constexpr std::uintmax_t most_bytes = 1 << 20;
constexpr int digest_rounds = 200'000;

std::string without_final_newline(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

std::string from_environment(const std::string& name, const Environment& environment) {
  if (auto value = environment.get(name)) return *std::move(value);
  throw Error(Fault::invalid,
              fmt::format("the environment variable {} is {}", name, environment.is_empty(name) ? "empty" : "not set"),
              fmt::format("set it before muster starts: export {}=...", name));
}

std::string from_file(const std::string& path, const Environment& environment) {
  std::string resolved = path;
  if (path.starts_with("~/")) resolved = from_environment("HOME", environment) + path.substr(1);
  FileText file = read_file_text(resolved, most_bytes);
  if (!file.problem.empty()) {
    throw Error(Fault::invalid, fmt::format("the secret file {} {}", resolved, file.problem),
                "write the secret there, readable by the user who runs muster");
  }
  return without_final_newline(std::move(file.text));
}

std::string from_command(const std::vector<std::string>& words, std::chrono::milliseconds limit) {
  SubprocessResult result = run_subprocess(words, limit, most_bytes);
  if (!result.succeeded()) {
    throw Error(Fault::invalid, fmt::format("the secret command `{}` {}", fmt::join(words, " "), result.describe()),
                "run it by hand; it must print the secret, ask nothing, and exit with status 0");
  }
  return without_final_newline(std::move(result.output));
}

std::string to_hex(const unsigned char* bytes, std::size_t count) {
  std::string text;
  for (std::size_t index = 0; index < count; ++index) text += fmt::format("{:02x}", bytes[index]);
  return text;
}

}  // namespace

Secrets::Secrets(const Environment& environment, Redactor& redactor, std::chrono::milliseconds command_limit)
    : environment_(environment), redactor_(redactor), command_limit_(command_limit) {}

std::string Secrets::read(const SecretOrigin& origin) {
  // Held while a command runs, so that many workers who want one secret start its command once.
  const std::lock_guard lock(mutex_);
  if (const auto known = bytes_.find(origin); known != bytes_.end()) return known->second;
  std::string bytes = fetch(origin);
  if (bytes.empty()) {
    throw Error(Fault::invalid, fmt::format("the secret from {} is empty", fmt::join(origin.words, " ")),
                "an empty secret protects nothing; give it a value");
  }
  redactor_.add(bytes);
  bytes_.emplace(origin, bytes);
  return bytes;
}

std::string Secrets::fetch(const SecretOrigin& origin) const {
  if (origin.words.empty()) throw Error(Fault::invalid, "a secret says no place to read it from");
  switch (origin.kind) {
    case SecretOriginKind::env:
      return from_environment(origin.words[0], environment_);
    case SecretOriginKind::file:
      return from_file(origin.words[0], environment_);
    case SecretOriginKind::command:
      return from_command(origin.words, command_limit_);
    case SecretOriginKind::plain:
      break;
  }
  throw Error(Fault::invalid, fmt::format("the secret written at {} is not loaded", origin.words[0]),
              "its manifest changed since; run the command again");
}

void Secrets::keep_plain(const std::string& place, std::string bytes) {
  redactor_.add(bytes);
  const std::lock_guard lock(mutex_);
  bytes_.insert_or_assign(SecretOrigin{SecretOriginKind::plain, {place}}, std::move(bytes));
}

std::string Secrets::digest(const SecretOrigin& origin, std::string_view fleet_uid, std::string_view field) {
  const std::string bytes = read(origin);
  const std::string key = digest_bytes(fmt::format("{}\n{}\n{}", fleet_uid, field, bytes));
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = digests_.find(key); known != digests_.end()) return known->second;
  }
  std::string value = secret_digest(fleet_uid, field, bytes);
  const std::lock_guard lock(mutex_);
  return digests_.emplace(key, std::move(value)).first->second;
}

std::string secret_digest(std::string_view fleet_uid, std::string_view field, std::string_view bytes) {
  std::array<unsigned char, 32> out{};
  const std::string salt = fmt::format("{}\n{}", fleet_uid, field);
  if (PKCS5_PBKDF2_HMAC(bytes.data(), static_cast<int>(bytes.size()),
                        reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                        digest_rounds, EVP_sha256(), static_cast<int>(out.size()), out.data()) != 1) {
    throw Error(Fault::permanent, "OpenSSL cannot compute a secret's digest");
  }
  return to_hex(out.data(), out.size());
}

}  // namespace muster::manifests
