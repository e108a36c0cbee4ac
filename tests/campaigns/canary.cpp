#include "tests/campaigns/canary.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "resources/contract/value.h"

namespace muster::test {
namespace {

/// So much of a form gives it away; what is shorter occurs by chance.
constexpr std::size_t beginning = 14;

std::string base64(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  std::uint32_t held = 0;
  int bits = 0;
  for (const unsigned char byte : bytes) {
    held = held << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[held >> (bits - 6) & 63];
  }
  if (bits > 0) text += alphabet[held << (6 - bits) & 63];
  return text;
}

/// The digits that follow from `secret` alone when `before` bytes of something else precede it.
std::string inner_base64(std::string_view secret, std::size_t before, std::string_view alphabet) {
  const std::string text = base64(std::string(before, '\0') + std::string(secret), alphabet);
  const std::size_t first = (before * 8 + 5) / 6;
  return text.substr(first, (before + secret.size()) * 8 / 6 - first);
}

std::string each(std::string_view secret, const std::function<std::string(unsigned char)>& form) {
  std::string text;
  for (const unsigned char byte : secret) text += form(byte);
  return text;
}

std::string percent(std::string_view secret, const char* format, bool all) {
  return each(secret, [&](unsigned char byte) {
    const bool stays = !all && (std::isalnum(byte) != 0 ||
                                std::string_view("-_.~").find(static_cast<char>(byte)) != std::string_view::npos);
    return stays ? std::string(1, static_cast<char>(byte)) : fmt::format(fmt::runtime(format), byte);
  });
}

std::string replaced(std::string_view secret, const std::map<char, std::string>& by) {
  return each(secret, [&](unsigned char byte) {
    const auto found = by.find(static_cast<char>(byte));
    return found == by.end() ? std::string(1, static_cast<char>(byte)) : found->second;
  });
}

std::string as_json(std::string_view text, bool ascii) {
  const std::string quoted =
      nlohmann::json(std::string(text)).dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string printable(std::string_view text) {
  return each(text, [](unsigned char byte) { return std::string(1, byte < 0x20 || byte > 0x7e ? '.' : byte); });
}

/// All forms of all canaries at once: what was written is gone through a single time.
class Search {
 public:
  explicit Search(const std::vector<Canary>& canaries) {
    for (const Canary& one : canaries) {
      for (const auto& [name, bytes] : forms_of(one.bytes)) {
        if (bytes.size() < sizeof(Head)) continue;
        by_head_[head_of(bytes)].push_back({&one, name, bytes});
        may_begin_.set(bucket_of(head_of(bytes)));
      }
    }
  }

  /// Each canary at most once.
  void look_through(const std::string& where, std::string_view bytes, std::vector<std::string>& found) const {
    std::set<const Canary*> told;
    for (std::size_t at = 0; at + sizeof(Head) <= bytes.size(); ++at) {
      const Head head = head_of(bytes.substr(at));
      if (!may_begin_.test(bucket_of(head))) continue;
      const auto forms = by_head_.find(head);
      if (forms == by_head_.end()) continue;
      for (const Form& form : forms->second) {
        if (!bytes.substr(at).starts_with(form.bytes) || !told.insert(form.canary).second) continue;
        const std::size_t from = at < 80 ? 0 : at - 80;
        found.push_back(fmt::format("{} in {}, as {}: {}", form.canary->what, where, form.name,
                                    printable(bytes.substr(from, 240))));
      }
    }
  }

 private:
  using Head = std::uint64_t;
  struct Form {
    const Canary* canary;
    std::string name;
    std::string bytes;
  };

  static Head head_of(std::string_view text) {
    Head head = 0;
    std::memcpy(&head, text.data(), sizeof head);
    return head;
  }
  static std::size_t bucket_of(Head head) { return static_cast<std::size_t>((head * 0x9e3779b97f4a7c15) >> 48); }

  std::unordered_map<Head, std::vector<Form>> by_head_;
  std::bitset<1 << 16> may_begin_;
};

}  // namespace

Canary canary(const std::string& what) {
  return {what, "Zq" + digest_bytes("canary " + what).substr(0, 18) + R"(+"<'/&%$\=?>)"};
}

std::map<std::string, std::string> forms_of(std::string_view secret) {
  const std::map<char, std::string> named{
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
  std::map<char, std::string> html = named;
  html['\''] = "&#39;";
  html['"'] = "&#34;";
  std::map<char, std::string> python = named;
  python['\''] = "&#x27;";
  std::map<std::string, std::string> forms{
      {"it is", std::string(secret)},
      {"hex", percent(secret, "{:02x}", true)},
      {"upper-case hex", percent(secret, "{:02X}", true)},
      {"percent-encoding", percent(secret, "%{:02X}", false)},
      {"lower-case percent-encoding", percent(secret, "%{:02x}", false)},
      {"percent-encoding of all bytes", percent(secret, "%{:02X}", true)},
      {"JSON", as_json(secret, false)},
      {"ASCII JSON", as_json(secret, true)},
      {"JSON in JSON", as_json(as_json(secret, false), false)},
      {"XML", replaced(secret, named)},
      {"HTML", replaced(secret, html)},
      {"Python's HTML", replaced(secret, python)},
      {"a shell's single quotes", replaced(secret, {{'\'', R"('\'')"}})},
      {"a shell's double quotes", replaced(secret, {{'"', "\\\""}, {'$', "\\$"}, {'`', "\\`"}, {'\\', "\\\\"}})}};
  for (const std::size_t before : {0, 1, 2}) {
    forms[fmt::format("base64 behind {} bytes", before)] =
        inner_base64(secret, before, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    forms[fmt::format("base64url behind {} bytes", before)] =
        inner_base64(secret, before, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  }
  std::map<std::string, std::string> cut;
  for (const auto& [name, form] : forms) cut.emplace("the beginning of " + name, form.substr(0, beginning));
  forms.merge(cut);
  return forms;
}

void Traces::add(std::string where, std::string_view bytes) { written_[std::move(where)] += bytes; }

bool Traces::contain(std::string_view text) const {
  return std::any_of(written_.begin(), written_.end(),
                     [text](const auto& one) { return one.second.find(text) != std::string::npos; });
}

std::size_t Traces::bytes() const {
  std::size_t sum = 0;
  for (const auto& [where, bytes] : written_) sum += bytes.size();
  return sum;
}

std::vector<std::string> Traces::hits(const std::vector<Canary>& canaries) const {
  const Search search(canaries);
  std::vector<std::string> found;
  for (const auto& [where, bytes] : written_) search.look_through(where, bytes, found);
  return found;
}

}  // namespace muster::test
