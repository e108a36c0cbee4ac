#include "reconciler/apply/fill.h"

#include <fmt/format.h>

#include <functional>

#include "reconciler/apply/document.h"
#include "resources/contract/error.h"

namespace muster::apply {
namespace {

using RevealSecret = std::function<Value(const Secret&)>;
using RevealRef = std::function<Value(const Ref&)>;

class Filler {
 public:
  Filler(RevealSecret secret, RevealRef ref) : secret_(std::move(secret)), ref_(std::move(ref)) {}

  Value fill(const Value& value) const {
    if (value.is_hole()) return std::visit([this](const auto& hole) { return fill_hole(hole); }, base(value.as_hole()));
    if (value.is_list()) {
      List filled;
      for (const Value& item : value.as_list()) filled.push_back(fill(item));
      return filled;
    }
    if (value.is_map()) {
      Map filled;
      for (const auto& [name, member] : value.as_map()) filled.emplace(name, fill(member));
      return filled;
    }
    return value;
  }

 private:
  static const std::variant<Ref, Secret, Text, Document>& base(const Hole& hole) { return hole; }

  Value fill_hole(const Ref& ref) const { return ref_(ref); }
  Value fill_hole(const Secret& secret) const { return secret_(secret); }
  Value fill_hole(const Text& text) const {
    std::string joined;
    for (const Value& part : text.parts) {
      const Value filled = fill(part);
      if (!filled.is_string()) throw Error(Fault::invalid, "a text has a part that is no text");
      joined += filled.as_string();
    }
    return joined;
  }
  Value fill_hole(const Document& document) const {
    return emit_document(document.format, document.header, fill(document.body));
  }

  RevealSecret secret_;
  RevealRef ref_;
};

}  // namespace

Value fill(const Value& value, SecretReader& secrets, Redactor& redactor) {
  const auto missing = [](const Ref& ref) -> Value {
    throw Error(Fault::conflict, fmt::format("{} of {} is not known", ref.attribute, ref.id.to_string()),
                "apply again once it is there");
  };
  const auto revealed = [&](const Secret& secret) -> Value {
    std::string bytes = reveal(secret, secrets);
    redactor.add(bytes);
    return bytes;
  };
  return Filler(revealed, missing).fill(value);
}

Value fill_for_show(const Value& value) {
  return Filler([](const Secret&) { return Value("[secret]"); },
                [](const Ref& ref) { return Value(fmt::format("<{} of {}>", ref.attribute, ref.id.to_string())); })
      .fill(value);
}

}  // namespace muster::apply
