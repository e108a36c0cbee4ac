#include "resources/ovh/record.h"

#include <arpa/inet.h>

#include <array>
#include <cctype>
#include <utility>

namespace muster::ovh {
namespace {

std::string canonical_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> printed{};
  std::string given(text);
  if (inet_pton(family, given.c_str(), bytes.data()) != 1) return given;
  return inet_ntop(family, bytes.data(), printed.data(), printed.size());
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char letter : text) {
    if (std::isspace(static_cast<unsigned char>(letter)) == 0) {
      word += letter;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool ends_in_host(std::string_view type) {
  return type == "CNAME" || type == "NS" || type == "PTR" || type == "MX" || type == "SRV" || type == "DNAME";
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

}  // namespace

std::string_view served_type(std::string_view type) {
  if (type == "SPF" || type == "DKIM" || type == "DMARC") return "TXT";
  return type;
}

std::string fold_name(std::string_view name) {
  std::string folded(name);
  for (char& letter : folded)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return folded;
}

std::string relative_name(std::string_view name, std::string_view zone) {
  if (name == "@") return {};
  std::string folded = fold_name(name);
  const std::string folded_zone = fold_name(zone);
  if (folded.empty() || folded.back() != '.') return folded;
  folded.pop_back();
  if (folded == folded_zone) return {};
  const std::string suffix = "." + folded_zone;
  if (folded.ends_with(suffix)) return folded.substr(0, folded.size() - suffix.size());
  return folded + ".";
}

std::string absolute_name(std::string_view name, std::string_view zone) {
  if (name == "@" || name.empty()) return fold_name(zone) + ".";
  if (name.back() == '.') return fold_name(name);
  return fold_name(name) + "." + fold_name(zone) + ".";
}

std::string decode_txt(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::string(text);
  std::string decoded;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter == '"') {
      quoted = !quoted;
    } else if (letter == '\\' && at + 3 < text.size() && is_digit(text[at + 1]) && is_digit(text[at + 2]) &&
               is_digit(text[at + 3])) {
      const int code = (text[at + 1] - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0');
      decoded += static_cast<char>(code);
      at += 3;
    } else if (letter == '\\' && at + 1 < text.size()) {
      decoded += text[++at];
    } else if (quoted) {
      decoded += letter;
    }
  }
  return decoded;
}

std::string encode_txt(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::string(text);
  constexpr std::size_t longest_string = 255;
  std::string encoded;
  for (std::size_t start = 0; start < text.size(); start += longest_string) {
    encoded += start == 0 ? "\"" : " \"";
    for (const char letter : text.substr(start, longest_string)) {
      if (letter == '"' || letter == '\\') encoded += '\\';
      encoded += letter;
    }
    encoded += '"';
  }
  return encoded;
}

std::string canonical_target(std::string_view type, std::string_view target, std::string_view zone) {
  type = served_type(type);
  if (type == "TXT") return decode_txt(target);
  std::vector<std::string> words = words_of(target);
  if (type == "A" && words.size() == 1) return canonical_address(AF_INET, words.front());
  if (type == "AAAA" && words.size() == 1) return canonical_address(AF_INET6, words.front());
  if (ends_in_host(type) && !words.empty()) words.back() = absolute_name(words.back(), zone);
  return join(words);
}

std::string canonical_target(const ZoneRecord& record, std::string_view zone) {
  return served_type(record.type) == "TXT" ? record.target : canonical_target(record.type, record.target, zone);
}

std::string presented_target(std::string_view type, std::string_view canonical) {
  return served_type(type) == "TXT" ? encode_txt(canonical) : std::string(canonical);
}

RRsets group_records(const std::vector<ZoneRecord>& records, std::string_view zone) {
  RRsets sets;
  for (const ZoneRecord& record : records) {
    RRsetKey key{record.name, std::string(served_type(record.type))};
    RRset& set = sets[key];
    set.key = std::move(key);
    std::string target = canonical_target(record, zone);
    if (set.targets.contains(target)) set.surplus.insert(target);
    set.targets.insert(std::move(target));
    set.ttls.insert(record.ttl);
  }
  return sets;
}

}  // namespace muster::ovh
