#include "reconciler/plan/digests.h"

#include <algorithm>
#include <vector>

#include "resources/contract/error.h"

namespace muster::plan {
namespace {

constexpr std::size_t digest_length = 12;

}  // namespace

std::string field_digest(const Value& declared) { return digest(declared).substr(0, digest_length); }

std::map<std::string, std::string> stamp_digests(const Schema& schema, const Value& wanted, int form) {
  if (form != 1) throw Error(Fault::invalid, "a stamp of a form this muster does not know", "use a newer muster");
  std::map<std::string, std::string> digests;
  for (const Field& field : schema.fields) {
    if (field.compare != Compare::create_time || field.computed != Computed::no) continue;
    const Value& value = wanted.at(field.name);
    if (value.is_null() || value == field.default_value) continue;
    digests.emplace(field.name, field_digest(value));
  }
  return digests;
}

bool lacks_secret(const Value& declared) {
  const std::vector<Secret> secrets = secrets_in(declared);
  return std::any_of(secrets.begin(), secrets.end(), [](const Secret& secret) { return secret.digest.empty(); });
}

std::map<std::string, std::string> applied_digests(const Schema& schema, const Value& wanted) {
  std::map<std::string, std::string> digests;
  for (const Field& field : schema.fields) {
    if (field.compare == Compare::not_compared || field.computed != Computed::no) continue;
    const Value& value = wanted.at(field.name);
    if (!value.is_null()) digests.emplace(field.name, field_digest(value));
  }
  return digests;
}

std::map<std::string, std::string> adopted_digests(const Schema& schema, const Value& wanted, const Value& attributes) {
  std::map<std::string, std::string> digests = applied_digests(schema, wanted);
  for (auto& [name, digits] : digests) {
    const Value& there = attributes.at(name);
    if (schema.find(name)->compare == Compare::observed && !there.is_null()) digits = field_digest(there);
  }
  return digests;
}

}  // namespace muster::plan
