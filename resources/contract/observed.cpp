#include "resources/contract/observed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "resources/contract/error.h"

namespace muster {
namespace {

constexpr std::array<std::pair<Condition, std::string_view>, 6> condition_words = {{
    {Condition::incomplete, "incomplete"},
    {Condition::progressing, "progressing"},
    {Condition::ready, "ready"},
    {Condition::failed, "failed"},
    {Condition::deleting, "deleting"},
    {Condition::unknown, "unknown"},
}};

constexpr std::array<std::pair<Ownership, std::string_view>, 3> ownership_words = {{
    {Ownership::ours, "ours"},
    {Ownership::claimable, "claimable"},
    {Ownership::foreign, "foreign"},
}};

template <typename Words, typename Enumeration>
std::string_view word_of(const Words& words, Enumeration value) {
  for (const auto& [known, word] : words) {
    if (known == value) return word;
  }
  throw Error(Fault::permanent, fmt::format("an enumerator {} that has no word", static_cast<int>(value)));
}

template <typename Words>
auto from_word(const Words& words, std::string_view text, std::string_view what) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  throw Error(Fault::invalid, fmt::format("\"{}\" is no {}", text, what));
}

}  // namespace

std::string_view to_string(Condition condition) { return word_of(condition_words, condition); }
Condition condition_from(std::string_view text) { return from_word(condition_words, text, "condition"); }

std::string_view to_string(Ownership ownership) { return word_of(ownership_words, ownership); }
Ownership ownership_from(std::string_view text) { return from_word(ownership_words, text, "ownership"); }

std::string Incarnation::to_string() const { return fmt::format("{:016x}", bits); }

std::optional<Incarnation> parse_incarnation(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != 16 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  Incarnation incarnation;
  std::from_chars(text.data(), text.data() + text.size(), incarnation.bits, 16);
  return incarnation;
}

std::string Revision::to_string() const { return fmt::format("{}-{}", time, id); }

std::optional<Revision> parse_revision(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  Revision revision;
  const char* end = text.data() + dash;
  const auto [stopped_at, error] = std::from_chars(text.data(), end, revision.time);
  if (error != std::errc() || stopped_at != end) return std::nullopt;
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  revision.id = text.substr(dash + 1);
  if (!std::all_of(revision.id.begin(), revision.id.end(), is_digit)) return std::nullopt;
  return revision;
}

}  // namespace muster
