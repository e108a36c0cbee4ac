#pragma once

// The data that manifests, resources and observations are made of. Some of it is known only later: holes.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "resources/contract/resource_id.h"

namespace muster {

class Value;
struct Hole;

using List = std::vector<Value>;
/// Sorted by key, so that equal maps print and digest equally.
using Map = std::map<std::string, Value, std::less<>>;

/// null, bool, int64, string, list, map, or a hole. A regular type: cheap to move, copies share holes.
class Value {
  struct KeptHole;

 public:
  Value() = default;
  Value(bool flag) : data_(flag) {}
  Value(int number) : data_(std::int64_t{number}) {}
  Value(std::int64_t number) : data_(number) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(List items);
  Value(Map members);
  Value(Hole hole);

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_list() const { return std::holds_alternative<List>(data_); }
  bool is_map() const { return std::holds_alternative<Map>(data_); }
  bool is_hole() const { return std::holds_alternative<std::shared_ptr<const KeptHole>>(data_); }

  // Precondition of each: the matching is_...() holds; std::bad_variant_access otherwise.
  bool as_bool() const { return std::get<bool>(data_); }
  std::int64_t as_int() const { return std::get<std::int64_t>(data_); }
  const std::string& as_string() const { return std::get<std::string>(data_); }
  const List& as_list() const { return std::get<List>(data_); }
  const Map& as_map() const { return std::get<Map>(data_); }
  List& as_list() { return std::get<List>(data_); }
  Map& as_map() { return std::get<Map>(data_); }
  const Hole& as_hole() const;

  /// The member of a map, or null when this is no map or has no such member. `path` may hold dots: "login.user".
  const Value& at(std::string_view path) const;
  /// at(), or `fallback` when it is absent or no string.
  std::string string_at(std::string_view path, std::string_view fallback = {}) const;
  std::int64_t int_at(std::string_view path, std::int64_t fallback = 0) const;
  bool bool_at(std::string_view path, bool fallback = false) const;

  /// True when a hole occurs anywhere inside.
  bool has_hole() const;
  /// The same of refs and of secrets. Cheap: a hole knows what it holds, however large the document in it.
  bool has_ref() const;
  bool has_secret() const;

  /// Holes compare by what they stand for, not by identity.
  friend bool operator==(const Value& left, const Value& right);

 private:
  static bool any_hole(const Value& value, bool KeptHole::*property);

  std::variant<std::monostate, bool, std::int64_t, std::string, List, Map, std::shared_ptr<const KeptHole>> data_;
};

/// An attribute of another resource, known once that one exists: ref(openstack.server:a, ipv4).
/// Every resource also offers "incarnation" and "backend_id".
struct Ref {
  ResourceId id;
  std::string attribute;
  bool operator==(const Ref&) const = default;
};

/// Where the bytes of a secret come from. `plain` stands in a manifest itself; it is warned about.
enum class SecretOriginKind { env, file, command, plain };

struct SecretOrigin {
  SecretOriginKind kind = SecretOriginKind::env;
  /// env: one name; file: one path, absolute; command: program and arguments; plain: the place, "file:line:column".
  std::vector<std::string> words;
  auto operator<=>(const SecretOrigin&) const = default;
};

/// How the bytes are used once they are revealed.
enum class SecretForm {
  clear,          ///< as they are
  password_hash,  ///< crypt(3) SHA-512, "$6$salt$hash", salted from the secret and the label: stable over runs
};

/// A secret that is not here: only where it comes from and what it digests to.
struct Secret {
  SecretOrigin origin;
  /// PBKDF2-SHA256, 200,000 rounds, salt = fleet uid and field; hex. Equal only for equal bytes in the same field.
  std::string digest{};
  /// When set, not the secret itself but a password of its own derived from it: 20 lower-case base32 characters of
  /// HMAC-SHA256(secret, label) in groups of five, "abcde-fghij-klmno-pqrst".
  std::string label{};
  SecretForm form = SecretForm::clear;
  bool operator==(const Secret&) const = default;
};

/// Strings and holes that are joined once all are known.
struct Text {
  std::vector<Value> parts;
  bool operator==(const Text&) const = default;
};

/// A structured text that a real emitter writes once the holes in it are filled: cloud-init user data, JSON files.
enum class DocumentFormat { yaml, json };
struct Document {
  DocumentFormat format = DocumentFormat::yaml;
  /// Stands before the body as it is, with its own newline: "#cloud-config\n".
  std::string header;
  Value body;
  bool operator==(const Document&) const = default;
};

/// A value known later.
struct Hole : std::variant<Ref, Secret, Text, Document> {
  using variant::variant;
};

/// Every ref inside, in order of occurrence.
std::vector<Ref> refs_in(const Value& value);
/// Every secret inside, in order of occurrence.
std::vector<Secret> secrets_in(const Value& value);

/// Canonical JSON: keys sorted, no blanks, holes as {"$ref": ...}, {"$secret": ...}, {"$text": ...}, {"$document":
/// ...}. Secrets appear as origin and digest, never as bytes. Equal values print equally on every machine.
std::string to_canonical_json(const Value& value);
/// The inverse. Throws Error(invalid) on text that is not what to_canonical_json writes.
Value value_from_json(std::string_view text);

/// SHA-256 over the canonical JSON, in hex (64 digits). A secret that has a digest counts by it alone: moving it from a
/// file to a variable changes nothing.
std::string digest(const Value& value);
/// SHA-256 over bytes, in hex.
std::string digest_bytes(std::string_view bytes);

}  // namespace muster
