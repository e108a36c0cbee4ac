#include "resources/ovh/zone_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "resources/contract/error.h"
#include "resources/net/one_line.h"

namespace muster::ovh {
namespace {

struct Token {
  std::string text;  ///< quotes removed, escapes kept
  bool quoted = false;
};

/// One entry: a line, or several joined by parentheses.
struct Entry {
  int line = 0;
  bool has_owner = false;  ///< it began in the first column
  std::vector<Token> tokens;
};

[[noreturn]] void refuse(std::string_view zone, int line, std::string_view what) {
  throw Error(
      Fault::permanent, fmt::format("the export of zone {} is no zone file: line {}: {}", zone, line, what),
      "compare it with the text mode of OVH's manager; a key without the right GET .../export makes muster read "
      "record by record instead");
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view zone) : text_(text), zone_(zone) {}

  /// Nothing at the end of the text.
  std::optional<Entry> next() {
    while (at_ < text_.size()) {
      Entry entry = read_entry();
      if (!entry.tokens.empty()) return entry;
    }
    return std::nullopt;
  }

 private:
  Entry read_entry() {
    Entry entry;
    entry.line = line_;
    entry.has_owner = !is_blank(text_[at_]);
    int depth = 0;
    while (at_ < text_.size()) {
      const char letter = text_[at_];
      if (letter == '\n') {
        ++at_;
        ++line_;
        if (depth == 0) return entry;
      } else if (is_blank(letter)) {
        ++at_;
      } else if (letter == ';') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (letter == '(' || letter == ')') {
        depth += letter == '(' ? 1 : -1;
        if (depth < 0) refuse(zone_, line_, "a ')' without its '('");
        ++at_;
      } else {
        entry.tokens.push_back(letter == '"' ? read_quoted() : read_word());
      }
    }
    if (depth > 0) refuse(zone_, entry.line, "a '(' without its ')'");
    return entry;
  }

  Token read_quoted() {
    Token token{{}, true};
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\n') ++line_;
      take_escape(token.text);
      if (at_ < text_.size()) token.text += text_[at_];
    }
    if (at_ >= text_.size()) refuse(zone_, line_, "a '\"' without its end");
    ++at_;
    return token;
  }

  Token read_word() {
    Token token;
    for (; at_ < text_.size(); ++at_) {
      const char letter = text_[at_];
      if (is_blank(letter) || letter == '\n' || letter == ';' || letter == '(' || letter == ')' || letter == '"') break;
      take_escape(token.text);
      if (at_ < text_.size()) token.text += text_[at_];
    }
    return token;
  }

  void take_escape(std::string& to) {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) to += text_[at_++];
  }

  static bool is_blank(char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; }

  std::string_view text_;
  std::string_view zone_;
  std::size_t at_ = 0;
  int line_ = 1;
};

/// RFC 2181 section 8: 31 bits.
constexpr std::int64_t longest_ttl = 0x7fffffff;

/// RFC 1035 section 2.3.4 allows 255 bytes, each of which may be written as \DDD.
constexpr std::size_t longest_name = 4 * 255;

/// Seconds, also with BIND's units: 1h30m.
std::optional<std::int64_t> parse_ttl(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t total = 0;
  std::int64_t number = 0;
  for (const char letter : text) {
    if (letter >= '0' && letter <= '9') {
      number = number * 10 + (letter - '0');
      if (number > longest_ttl) return std::nullopt;
      continue;
    }
    switch (letter | 0x20) {
      case 's':
        total += number;
        break;
      case 'm':
        total += number * 60;
        break;
      case 'h':
        total += number * 3600;
        break;
      case 'd':
        total += number * 86400;
        break;
      case 'w':
        total += number * 604800;
        break;
      default:
        return std::nullopt;
    }
    number = 0;
    if (total > longest_ttl) return std::nullopt;
  }
  return total + number <= longest_ttl ? std::optional(total + number) : std::nullopt;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return result;
}

bool is_class(std::string_view word) {
  constexpr std::array<std::string_view, 4> classes{"IN", "CH", "HS", "CS"};
  const std::string folded = upper(word);
  return std::find(classes.begin(), classes.end(), folded) != classes.end();
}

class Parser {
 public:
  explicit Parser(std::string_view zone) : zone_(zone), origin_(absolute_name("@", zone)), owner_(origin_) {}

  void take(const Entry& entry) {
    const Token& first = entry.tokens.front();
    if (entry.has_owner && !first.quoted && first.text.front() == '$') return directive(entry);
    record(entry);
  }

  std::vector<ZoneRecord> records;

 private:
  void directive(const Entry& entry) {
    const std::string name = upper(entry.tokens.front().text);
    if (entry.tokens.size() < 2) refuse(zone_, entry.line, name + " without a value");
    const std::string& value = entry.tokens[1].text;
    if (name == "$ORIGIN") {
      origin_ = resolve(value, entry.line);
    } else if (name == "$TTL") {
      if (!parse_ttl(value)) refuse(zone_, entry.line, fmt::format("$TTL {} is no time", net::one_line(value, 60)));
    } else {
      refuse(zone_, entry.line, fmt::format("{} is not understood", name));
    }
  }

  void record(const Entry& entry) {
    std::size_t at = 0;
    if (entry.has_owner) owner_ = resolve(entry.tokens[at++].text, entry.line);
    ZoneRecord found;
    for (; at < entry.tokens.size() && !entry.tokens[at].quoted; ++at) {
      const std::string& word = entry.tokens[at].text;
      if (const auto ttl = parse_ttl(word))
        found.ttl = *ttl;
      else if (!is_class(word))
        break;
    }
    if (at >= entry.tokens.size() || entry.tokens[at].quoted) refuse(zone_, entry.line, "a record without a type");
    found.type = upper(entry.tokens[at++].text);
    // A time beyond all bounds must not pass for a type: what it precedes would be missing from the zone.
    if (found.type.front() >= '0' && found.type.front() <= '9')
      refuse(zone_, entry.line, fmt::format("{} is neither a time nor a type", net::one_line(found.type, 60)));
    if (at >= entry.tokens.size()) refuse(zone_, entry.line, fmt::format("a {} without a value", found.type));
    if (found.type == "SOA") return;
    found.name = relative_name(owner_, zone_);
    found.target =
        rdata(found.type, {entry.tokens.begin() + static_cast<std::ptrdiff_t>(at), entry.tokens.end()}, entry.line);
    records.push_back(std::move(found));
  }

  std::string rdata(std::string_view type, const std::vector<Token>& tokens, int line) const {
    const bool text = served_type(type) == "TXT";
    std::string joined;
    for (const Token& token : tokens) {
      if (!joined.empty()) joined += ' ';
      joined += token.quoted || text ? '"' + token.text + '"' : token.text;
    }
    if (text) return decode_txt(joined);
    // Hosts are relative to $ORIGIN here, but to the zone wherever the record goes from now on.
    if (tokens.size() == 1 && (type == "CNAME" || type == "NS" || type == "PTR")) return resolve(joined, line);
    if (type == "MX" || type == "SRV") {
      const std::size_t host = joined.rfind(' ');
      if (host != std::string::npos) return joined.substr(0, host + 1) + resolve(joined.substr(host + 1), line);
    }
    return joined;
  }

  /// Absolute, relative names under the current origin.
  std::string resolve(std::string_view name, int line) const {
    if (name == "@") return origin_;
    std::string absolute = fold_name(name) + (name.ends_with('.') ? "" : "." + origin_);
    // An $ORIGIN below the last one again and again would make each name longer than the one before.
    if (absolute.size() > longest_name) refuse(zone_, line, "a name is longer than names can be");
    return absolute;
  }

  std::string_view zone_;
  std::string origin_;
  std::string owner_;
};

}  // namespace

std::vector<ZoneRecord> parse_zone_file(std::string_view text, std::string_view zone) {
  Reader reader(text, zone);
  Parser parser(zone);
  while (const auto entry = reader.next()) parser.take(*entry);
  return std::move(parser.records);
}

}  // namespace muster::ovh
