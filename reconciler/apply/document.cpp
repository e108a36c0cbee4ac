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

/// What every reader of YAML takes for a letter. For others than the library that we write with, cloud-init's PyYAML
/// for one, U+0085, U+2028 and U+2029 are ends of lines, and C1 controls and U+FEFF no text at all.
bool is_plain_text(std::string_view text) {
  const auto holds = [text](std::string_view bytes) { return text.find(bytes) != std::string_view::npos; };
  for (std::size_t at = text.find('\xc2'); at != std::string_view::npos; at = text.find('\xc2', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0) return false;
  }
  return !holds("\x7f") && !holds("\xe2\x80\xa8") && !holds("\xe2\x80\xa9") && !holds("\xef\xbb\xbf");
}

void emit_yaml(YAML::Emitter& out, const Value& value);

/// U+FDD0 to U+FDEF, and the last two of each plane. `at`: where the last three bytes of a letter begin.
bool is_noncharacter(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
  if (byte(0) == 0xef && byte(1) == 0xb7) return byte(2) >= 0x90 && byte(2) <= 0xaf;
  const bool ends_a_plane = byte(1) == 0xbf && byte(2) >= 0xbe;
  const bool is_of_higher_plane =
      at > 0 && static_cast<unsigned char>(text[at - 1]) >= 0xf0 && (byte(0) & 0x0f) == 0x0f;
  return ends_a_plane && (byte(0) == 0xef || is_of_higher_plane);
}

/// The library would write another letter in place of one of these.
void refuse_noncharacters(std::string_view text) {
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    if (static_cast<unsigned char>(text[at]) < 0x80 || !is_noncharacter(text, at)) continue;
    throw Error(Fault::invalid, "a text holds U+FFFE or another code that is no letter; YAML cannot carry it",
                "remove it: it often comes from a file that was UTF-16");
  }
}

void emit_text(YAML::Emitter& out, const std::string& text) {
  refuse_noncharacters(text);
  if (!is_plain_text(text)) {
    out << YAML::EscapeNonAscii << YAML::DoubleQuoted << text;
  } else if (fits_literal_block(text)) {
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
