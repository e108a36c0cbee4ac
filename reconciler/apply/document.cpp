#include "reconciler/apply/document.h"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <nlohmann/json.hpp>

#include "resources/contract/error.h"

namespace muster::apply {
namespace {

/// A literal block keeps its text to the letter only when no line ends in blanks and nothing in it is unprintable.
bool fits_literal_block(const std::string& text) {
  if (text.find('\n') == std::string::npos || text.front() == ' ' || text.front() == '\n' || text.back() != '\n')
    return false;
  if (text.size() >= 2 && text[text.size() - 2] == '\n') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return false;
    if (c == '\n' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) return false;
  }
  return true;
}

void emit_yaml(YAML::Emitter& out, const Value& value);

void emit_text(YAML::Emitter& out, const std::string& text) {
  if (fits_literal_block(text)) {
    out << YAML::Literal << text.substr(0, text.size() - 1);  // the block itself ends its last line
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

void emit_map(YAML::Emitter& out, const Map& map) {
  out << YAML::BeginMap;
  for (const auto& [name, member] : map) {
    out << YAML::Key << name << YAML::Value;
    emit_yaml(out, member);
  }
  out << YAML::EndMap;
}

void emit_yaml(YAML::Emitter& out, const Value& value) {
  if (value.is_null()) {
    out << YAML::Null;
  } else if (value.is_bool()) {
    out << value.as_bool();
  } else if (value.is_int()) {
    out << value.as_int();
  } else if (value.is_string()) {
    emit_text(out, value.as_string());
  } else if (value.is_map()) {
    emit_map(out, value.as_map());
  } else {
    out << YAML::BeginSeq;
    for (const Value& item : value.as_list()) emit_yaml(out, item);
    out << YAML::EndSeq;
  }
}

std::string yaml_text(const Value& body) {
  YAML::Emitter out;
  out.SetIndent(2);
  emit_yaml(out, body);
  if (!out.good()) throw Error(Fault::invalid, "a document cannot be written as YAML: " + out.GetLastError());
  return out.c_str();
}

}  // namespace

std::string emit_document(DocumentFormat format, const std::string& header, const Value& body) {
  const std::string text =
      format == DocumentFormat::yaml ? yaml_text(body) : nlohmann::json::parse(to_canonical_json(body)).dump(2);
  return header + text + "\n";
}

}  // namespace muster::apply
