#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "resources/contract/error.h"
#include "resources/contract/value.h"

namespace muster {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::array<std::string_view, 4> origin_words = {"env", "file", "command", "plain"};
constexpr std::array<std::string_view, 2> form_words = {"clear", "password_hash"};
constexpr std::array<std::string_view, 2> format_words = {"yaml", "json"};

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return text;
}

/// The length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629 section 4); 0 when there is none.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) > 0x9f;
  const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  text.remove_prefix(static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_ascii) - text.begin()));
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Whether two values that differ only in where a secret comes from print the same.
enum class SecretOrigins { shown, left_out };

class Writer {
 public:
  explicit Writer(SecretOrigins origins) : origins_(origins) {}

  void write(const Value& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_int()) {
      out_ += std::to_string(value.as_int());
    } else if (value.is_string()) {
      write_text(value.as_string());
    } else if (value.is_list()) {
      write_list(value.as_list());
    } else if (value.is_map()) {
      write_map(value.as_map());
    } else {
      write_hole(value.as_hole());
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // A file's content may be no UTF-8; JSON cannot hold it as a string.
  void write_text(std::string_view text) {
    if (is_utf8(text)) {
      write_string(text);
    } else {
      out_ += "{\"$bytes\":\"" + to_hex(text) + "\"}";
    }
  }

  void write_string(std::string_view text) {
    out_ += '"';
    while (!text.empty()) {
      const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
      const auto stop = std::find_if_not(text.begin(), text.end(), is_plain);
      out_.append(text.begin(), stop);
      text.remove_prefix(static_cast<std::size_t>(stop - text.begin()));
      if (text.empty()) break;
      escape(text.front());
      text.remove_prefix(1);
    }
    out_ += '"';
  }

  void escape(char c) {
    switch (c) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      default:
        out_ += "\\u00";
        out_ += to_hex(std::string_view(&c, 1));
    }
  }

  void write_list(const List& items) {
    out_ += '[';
    bool first = true;
    for (const Value& item : items) {
      if (!std::exchange(first, false)) out_ += ',';
      write(item);
    }
    out_ += ']';
  }

  // "$" marks a hole, so a key of people's own that begins with it gets a second one. The order of keys stays.
  void write_map(const Map& members) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, member] : members) {
      if (!is_utf8(key)) throw Error(Fault::invalid, "a key is not UTF-8 text (its bytes: " + to_hex(key) + ")");
      if (!std::exchange(first, false)) out_ += ',';
      write_string(!key.empty() && key.front() == '$' ? "$" + key : key);
      out_ += ':';
      write(member);
    }
    out_ += '}';
  }

  void write_hole(const Hole& hole) {
    if (const auto* ref = std::get_if<Ref>(&hole)) {
      tagged("$ref", Map{{"attribute", ref->attribute}, {"id", ref->id.to_string()}});
    } else if (const auto* secret = std::get_if<Secret>(&hole)) {
      tagged("$secret", describe(*secret));
    } else if (const auto* text = std::get_if<Text>(&hole)) {
      tagged("$text", text->parts);
    } else if (const auto* document = std::get_if<Document>(&hole)) {
      tagged("$document", Map{{"body", document->body},
                              {"format", format_words[static_cast<std::size_t>(document->format)]},
                              {"header", document->header}});
    }
  }

  void tagged(std::string_view tag, const Value& content) {
    out_ += "{\"";
    out_ += tag;
    out_ += "\":";
    write(content);
    out_ += '}';
  }

  Map describe(const Secret& secret) const {
    Map members{{"digest", secret.digest},
                {"form", form_words[static_cast<std::size_t>(secret.form)]},
                {"label", secret.label}};
    // Without a digest the origin is all there is to tell two secrets apart.
    if (origins_ == SecretOrigins::shown || secret.digest.empty()) {
      List words(secret.origin.words.begin(), secret.origin.words.end());
      members["origin"] =
          Map{{"kind", origin_words[static_cast<std::size_t>(secret.origin.kind)]}, {"words", std::move(words)}};
    }
    return members;
  }

  SecretOrigins origins_;
  std::string out_;
};

[[noreturn]] void refuse(std::string_view why) {
  throw Error(Fault::invalid, "this is no value as muster writes it: " + std::string(why));
}

template <typename Enumeration, std::size_t count>
Enumeration word_from(const std::array<std::string_view, count>& words, const Value& word) {
  for (std::size_t at = 0; at < count; ++at) {
    if (word.is_string() && word.as_string() == words[at]) return static_cast<Enumeration>(at);
  }
  refuse("an unknown word " + to_canonical_json(word));
}

std::string text_from(const Value& holder, std::string_view name) {
  const Value& text = holder.at(name);
  if (!text.is_string()) refuse("\"" + std::string(name) + "\" is missing");
  return text.as_string();
}

std::string bytes_from_hex(const Value& hex) {
  if (!hex.is_string() || hex.as_string().size() % 2 != 0) refuse("$bytes is not hexadecimal");
  std::string bytes;
  for (std::size_t at = 0; at < hex.as_string().size(); at += 2) {
    const auto high = hex_digits.find(hex.as_string()[at]);
    const auto low = hex_digits.find(hex.as_string()[at + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) refuse("$bytes is not hexadecimal");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

Secret secret_from(const Value& content) {
  Secret secret;
  secret.digest = text_from(content, "digest");
  secret.label = text_from(content, "label");
  secret.form = word_from<SecretForm>(form_words, content.at("form"));
  secret.origin.kind = word_from<SecretOriginKind>(origin_words, content.at("origin.kind"));
  const Value& words = content.at("origin.words");
  if (!words.is_list()) refuse("the origin of a secret has no words");
  for (const Value& word : words.as_list()) {
    if (!word.is_string()) refuse("the origin of a secret has a word that is no text");
    secret.origin.words.push_back(word.as_string());
  }
  return secret;
}

Value tagged_from(std::string_view tag, Value content) {
  if (tag == "$ref") {
    const auto id = parse_resource_id(text_from(content, "id"));
    if (!id) refuse("a $ref has no resource id");
    return Hole(Ref{*id, text_from(content, "attribute")});
  }
  if (tag == "$secret") return Hole(secret_from(content));
  if (tag == "$text" && content.is_list()) return Hole(Text{std::move(content.as_list())});
  if (tag == "$document") {
    return Hole(Document{word_from<DocumentFormat>(format_words, content.at("format")), text_from(content, "header"),
                         content.at("body")});
  }
  if (tag == "$bytes") return bytes_from_hex(content);
  refuse("an unknown tag " + std::string(tag));
}

/// Builds the value while the text is read; a tree of the library's own would be twice the work.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return take({}); }
  bool boolean(bool flag) override { return take(flag); }
  bool number_integer(number_integer_t number) override { return take(std::int64_t{number}); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > std::uint64_t{INT64_MAX}) refuse("a number beyond 64 bits");
    return take(static_cast<std::int64_t>(number));
  }
  bool number_float(number_float_t, const string_t&) override { refuse("a number that is not whole"); }
  bool string(string_t& text) override { return take(std::move(text)); }
  bool binary(binary_t&) override { refuse("bytes outside a text"); }

  bool start_object(std::size_t) override { return open(Map{}); }
  bool key(string_t& key) override {
    open_.back().key = std::move(key);
    return true;
  }
  bool end_object() override {
    Open closed = close();
    if (closed.tag.empty()) return take(std::move(closed.container));
    return take(tagged_from(closed.tag, std::move(closed.container.as_map().begin()->second)));
  }
  bool start_array(std::size_t) override { return open(List{}); }
  bool end_array() override { return take(close().container); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

  Value take_result() { return std::move(result_); }

 private:
  struct Open {
    Value container;
    std::string key{};  ///< of the member that comes next
    std::string tag{};  ///< "$ref": the container stands for a hole
  };

  bool open(Value container) {
    open_.push_back({std::move(container)});
    return true;
  }
  Open close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    return closed;
  }
  bool take(Value value) {
    if (open_.empty()) {
      result_ = std::move(value);
    } else if (open_.back().container.is_list()) {
      open_.back().container.as_list().push_back(std::move(value));
    } else {
      add_member(open_.back(), std::move(value));
    }
    return true;
  }
  static void add_member(Open& map, Value value) {
    Map& members = map.container.as_map();
    const bool is_marked = map.key.starts_with('$');
    const bool is_tag = is_marked && !map.key.starts_with("$$");
    if (!map.tag.empty() || (is_tag && !members.empty())) refuse("a tag with other keys beside it");
    if (is_tag) map.tag = map.key;
    // Keys were written in order.
    members.emplace_hint(members.end(), is_marked && !is_tag ? map.key.substr(1) : std::move(map.key),
                         std::move(value));
  }

  std::vector<Open> open_;
  Value result_;
};

std::string written(const Value& value, SecretOrigins origins) {
  Writer writer(origins);
  writer.write(value);
  return writer.take();
}

}  // namespace

std::string to_canonical_json(const Value& value) { return written(value, SecretOrigins::shown); }

Value value_from_json(std::string_view text) {
  Builder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) refuse("no JSON text");
  return builder.take_result();
}

// Two clones of one repository read the same secret from different paths; their digests must agree all the same.
std::string digest(const Value& value) { return digest_bytes(written(value, SecretOrigins::left_out)); }

std::string digest_bytes(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  return to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace muster
