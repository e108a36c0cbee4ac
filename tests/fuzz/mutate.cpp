#include "tests/fuzz/mutate.h"

#include <algorithm>

#include "tests/campaigns/dice.h"

namespace muster::fuzz {
namespace {

using campaign::Dice;

std::size_t place_in(const std::string& text, Dice& dice) { return dice.below(text.size() + 1); }

std::string part_of(const std::string& text, Dice& dice) {
  const std::size_t at = place_in(text, dice);
  return text.substr(at, 1 + dice.below(64));
}

void change(std::string& text, const std::string& other, const std::vector<std::string>& words, Dice& dice) {
  const std::size_t at = place_in(text, dice);
  switch (dice.below(8)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << dice.below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(dice.below(256));
      break;
    case 2:
      text.erase(at, 1 + dice.below(16));
      break;
    case 3:
      text.resize(at);
      break;
    case 4:
      text.insert(at, part_of(other, dice));
      break;
    case 5: {
      const std::string part = part_of(text, dice);
      for (std::size_t times = dice.below(200); times > 0; --times) text.insert(at, part);
      break;
    }
    case 6:
      if (!words.empty()) text.insert(at, dice.pick(words));
      break;
    default:
      text = text.substr(0, at) + other.substr(place_in(other, dice));
  }
}

}  // namespace

std::string mutated(const std::vector<std::string>& corpus, const std::vector<std::string>& words, std::uint64_t seed) {
  Dice dice(seed);
  std::string text = dice.pick(corpus);
  for (std::size_t changes = 1 + dice.below(8); changes > 0; --changes) change(text, dice.pick(corpus), words, dice);
  if (text.size() > longest_input) text.resize(longest_input);
  return text;
}

std::vector<std::string> repetitions(const std::vector<std::string>& corpus, const std::vector<std::string>& words) {
  std::vector<std::string> units = words;
  for (const char* unit :
       {"[", "]", "{",  "{\"a\":", "(",  "- ", "-\n", "? ", "a: ", "a:\n ", "\n",   "\r\n",         " ",     "\t", "a",
        "0", "9", "\"", "'",       "\\", "<",  "<a>", "&",  "%",   "\xff",  "\xc3", "\xe2\x80\xa8", "&a *a "})
    units.emplace_back(unit);
  units.emplace_back(1, '\0');
  std::vector<std::string> inputs;
  for (const std::string& unit : units) {
    std::string input;
    while (input.size() + unit.size() <= longest_input) input += unit;
    inputs.push_back(input);
    const std::string& beginning = corpus[inputs.size() % corpus.size()];
    inputs.push_back((beginning.substr(0, beginning.size() / 2) + input).substr(0, longest_input));
  }
  return inputs;
}

}  // namespace muster::fuzz
