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
    const bool holds_any = (refs != nullptr && value.has_ref()) || (secrets != nullptr && value.has_secret());
    if (!holds_any) return;
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

struct Value::KeptHole {
  explicit KeptHole(Hole kept) : hole(std::move(kept)) {
    if (const auto* text = std::get_if<Text>(&hole)) {
      for (const Value& part : text->parts) look_into(part);
    } else if (const auto* document = std::get_if<Document>(&hole)) {
      look_into(document->body);
    } else {
      has_ref = std::holds_alternative<Ref>(hole);
      has_secret = std::holds_alternative<Secret>(hole);
    }
  }

  void look_into(const Value& value) {
    has_ref = has_ref || value.has_ref();
    has_secret = has_secret || value.has_secret();
  }

  Hole hole;
  bool has_ref = false;
  bool has_secret = false;
};

Value::Value(List items) : data_(std::move(items)) {}
Value::Value(Map members) : data_(std::move(members)) {}
Value::Value(Hole hole) : data_(std::make_shared<const KeptHole>(std::move(hole))) {}

const Hole& Value::as_hole() const { return std::get<std::shared_ptr<const KeptHole>>(data_)->hole; }

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

bool Value::any_hole(const Value& value, bool KeptHole::*property) {
  if (value.is_hole())
    return property == nullptr || (*std::get<std::shared_ptr<const KeptHole>>(value.data_)).*property;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      if (any_hole(item, property)) return true;
    }
  } else if (value.is_map()) {
    for (const auto& [key, member] : value.as_map()) {
      if (any_hole(member, property)) return true;
    }
  }
  return false;
}

bool Value::has_hole() const { return any_hole(*this, nullptr); }
bool Value::has_ref() const { return any_hole(*this, &KeptHole::has_ref); }
bool Value::has_secret() const { return any_hole(*this, &KeptHole::has_secret); }

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
