#include "resources/contract/value.h"

#include <utility>

namespace muster {
namespace {

const Value absent;

void collect(const Value& value, std::vector<Ref>* refs, std::vector<Secret>* secrets) {
  if (value.is_list()) {
    for (const Value& item : value.as_list()) collect(item, refs, secrets);
  } else if (value.is_map()) {
    for (const auto& [key, member] : value.as_map()) collect(member, refs, secrets);
  } else if (value.is_hole()) {
    const Hole& hole = value.as_hole();
    if (const auto* ref = std::get_if<Ref>(&hole)) {
      if (refs != nullptr) refs->push_back(*ref);
    } else if (const auto* secret = std::get_if<Secret>(&hole)) {
      if (secrets != nullptr) secrets->push_back(*secret);
    } else if (const auto* text = std::get_if<Text>(&hole)) {
      for (const Value& part : text->parts) collect(part, refs, secrets);
    } else if (const auto* document = std::get_if<Document>(&hole)) {
      collect(document->body, refs, secrets);
    }
  }
}

}  // namespace

Value::Value(List items) : data_(std::move(items)) {}
Value::Value(Map members) : data_(std::move(members)) {}
Value::Value(Hole hole) : data_(std::make_shared<const Hole>(std::move(hole))) {}

const Value& Value::at(std::string_view path) const {
  const Value* here = this;
  while (here->is_map()) {
    const auto dot = path.find('.');
    const Map& members = here->as_map();
    const auto member = members.find(path.substr(0, dot));
    if (member == members.end()) return absent;
    if (dot == std::string_view::npos) return member->second;
    here = &member->second;
    path.remove_prefix(dot + 1);
  }
  return absent;
}

std::string Value::string_at(std::string_view path, std::string_view fallback) const {
  const Value& found = at(path);
  return found.is_string() ? found.as_string() : std::string(fallback);
}

std::int64_t Value::int_at(std::string_view path, std::int64_t fallback) const {
  const Value& found = at(path);
  return found.is_int() ? found.as_int() : fallback;
}

bool Value::bool_at(std::string_view path, bool fallback) const {
  const Value& found = at(path);
  return found.is_bool() ? found.as_bool() : fallback;
}

bool Value::has_hole() const {
  if (is_hole()) return true;
  if (is_list()) {
    for (const Value& item : as_list()) {
      if (item.has_hole()) return true;
    }
  } else if (is_map()) {
    for (const auto& [key, member] : as_map()) {
      if (member.has_hole()) return true;
    }
  }
  return false;
}

bool operator==(const Value& left, const Value& right) {
  if (left.is_hole() && right.is_hole()) {
    const Hole& a = left.as_hole();
    const Hole& b = right.as_hole();
    return &a == &b || a == b;
  }
  return left.data_ == right.data_;
}

std::vector<Ref> refs_in(const Value& value) {
  std::vector<Ref> refs;
  collect(value, &refs, nullptr);
  return refs;
}

std::vector<Secret> secrets_in(const Value& value) {
  std::vector<Secret> secrets;
  collect(value, nullptr, &secrets);
  return secrets;
}

}  // namespace muster
