#include "sandbox/nova_keypairs.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "sandbox/openstack_replies.h"
#include "sandbox/ssh_key.h"

namespace muster::sandbox {
namespace {

using nlohmann::json;

/// The bytes of the second word of an OpenSSH public key, empty when it is none.
std::string key_bytes(const std::string& public_key) {
  const std::size_t space = public_key.find(' ');
  if (space == std::string::npos) return {};
  const std::string text = public_key.substr(space + 1, public_key.find(' ', space + 1) - space - 1);
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  const std::size_t padding = text.size() - text.find_last_not_of('=') - 1;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::string md5_fingerprint(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_md5(), nullptr);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{}{:02x}", i == 0 ? "" : ":", digest[i]);
  return text;
}

constexpr const char* allowed_in_names = "_- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

constexpr const char* allowed_since_2_92 = "@._- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Nova makes no keys from this microversion on.
constexpr int first_without_generation = 92;

}  // namespace

KeyPairs::KeyPairs(Nova& nova) : nova_(nova) {
  nova.route("GET", "/os-keypairs", [this](const NovaCall& call) { return list(call); });
  nova.route("POST", "/os-keypairs", [this](const NovaCall& call) { return create(call); });
  nova.route("GET", "/os-keypairs/{name}", [this](const NovaCall& call) { return show(call); });
  nova.route("DELETE", "/os-keypairs/{name}", [this](const NovaCall& call) { return remove(call); });
}

bool KeyPairs::has(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return pairs_.count(name) != 0;
}

json KeyPairs::core(const KeyPair& pair, int version) {
  json body{{"name", pair.name}, {"public_key", pair.public_key}, {"fingerprint", pair.fingerprint}};
  if (version >= 2) body["type"] = pair.type;
  return body;
}

Response KeyPairs::missing(const std::string& name) const {
  return nova_error(404, fmt::format("Keypair {} not found for user {}", name, nova_.cloud().user_id));
}

Response KeyPairs::list(const NovaCall& call) const {
  const auto limit = page_limit(call.request, nova_.options().page_maximum);
  if (const auto* refusal = std::get_if<Response>(&limit)) return *refusal;
  const bool paged = call.version >= 35;
  const std::size_t most = paged ? std::get<std::size_t>(limit) : std::string::npos;
  const std::string marker = paged ? call.request.query_value("marker").value_or("") : "";
  const std::lock_guard lock(mutex_);
  if (!marker.empty() && pairs_.count(marker) == 0) {
    return nova_error(400, fmt::format("marker [{}] not found", marker));
  }
  json list = json::array();
  std::string last;
  for (auto pair = pairs_.upper_bound(marker); pair != pairs_.end() && list.size() < most; ++pair) {
    list.push_back({{"keypair", core(pair->second, call.version)}});
    last = pair->first;
  }
  json body{{"keypairs", list}};
  if (paged && list.size() == most && most > 0) body["keypairs_links"] = nova_.next_link(call.request, last);
  return json_response(200, body);
}

Response KeyPairs::show(const NovaCall& call) const {
  const std::lock_guard lock(mutex_);
  const auto found = pairs_.find(call.param("name"));
  if (found == pairs_.end()) return missing(call.param("name"));
  json body = core(found->second, call.version);
  body["user_id"] = nova_.cloud().user_id;
  body["created_at"] = microsecond_time(found->second.created);
  body["deleted"] = false;
  body["deleted_at"] = nullptr;
  body["id"] = found->second.id;
  body["updated_at"] = nullptr;
  return json_response(200, {{"keypair", body}});
}

Response KeyPairs::create(const NovaCall& call) {
  const auto body = json_object(call.request.body);
  if (!body) return nova_error(400, "Malformed request body");
  if (!body->contains("keypair")) return nova_error(400, "'keypair' is a required property");
  const json& given = (*body)["keypair"];
  const bool brings_key = given.contains("public_key");
  for (const char* required : {"name", "public_key"}) {
    const bool optional = required == std::string_view("public_key") && call.version < first_without_generation;
    if (!given.contains(required) && !optional) {
      return invalid_field("keypair", given, fmt::format("'{}' is a required property", required));
    }
  }
  const std::string name = given.value("name", "");
  const std::string allowed = call.version < first_without_generation ? allowed_in_names : allowed_since_2_92;
  if (name.empty() || name.find_first_not_of(allowed) != std::string::npos) {
    return nova_error(400, fmt::format("An invalid 'name' value was provided. The name must be: Only expected "
                                       "characters: [{}]",
                                       allowed));
  }
  const SshKey made = brings_key ? SshKey{"", given.value("public_key", "")} : make_ssh_key();
  const std::string bytes = key_bytes(made.public_line);
  if (bytes.empty()) {
    return nova_error(400, "Keypair data is invalid: failed to generate fingerprint");
  }
  const std::lock_guard lock(mutex_);
  if (pairs_.count(name) != 0) return nova_error(409, fmt::format("Key pair '{}' already exists.", name));
  const KeyPair pair{next_id_++,           name, given.value("type", "ssh"), made.public_line, md5_fingerprint(bytes),
                     nova_.world().clock()};
  pairs_.emplace(name, pair);
  nova_.world().ledger.created("keypair", name, name);
  json answer = core(pair, call.version);
  answer["user_id"] = nova_.cloud().user_id;
  if (!brings_key) answer["private_key"] = made.private_pem;
  return json_response(call.version >= 2 ? 201 : 200, {{"keypair", answer}});
}

Response KeyPairs::remove(const NovaCall& call) {
  const std::string& name = call.param("name");
  const std::lock_guard lock(mutex_);
  if (pairs_.erase(name) == 0) return missing(name);
  nova_.world().ledger.deleted("keypair", name, name);
  return {call.version >= 2 ? 204 : 202, {}, ""};
}

}  // namespace muster::sandbox
