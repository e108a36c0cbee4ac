#include "manifests/yaml_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace muster::manifests {
namespace {

struct Translation {
  std::string_view theirs;
  std::string_view message;
  std::string_view hint;
};

constexpr std::array translations{
    Translation{"end of map not found", "this line does not fit the mapping above it",
                "write `key: value`, lined up with the other keys of the same mapping"},
    Translation{"end of sequence not found", "this line does not fit the list above it",
                "line up every `-` of a list; what belongs to an item is indented below it"},
    Translation{"illegal map value", "a `: ` stands where no value can begin",
                "line up the key with its neighbours, or put quotes around a text that contains `: `"},
    Translation{"illegal map key", "a key cannot stand here", "check the indentation here and in the line above"},
    Translation{"illegal block entry", "a list item cannot stand here",
                "put the `-` on a line of its own, lined up with the other items"},
    Translation{"end of map flow not found", "a `{` is never closed", "add the missing `}`"},
    Translation{"end of sequence flow not found", "a `[` is never closed", "add the missing `]`"},
    Translation{"illegal flow end", "a `]` or `}` closes nothing", "remove it, or add what opens it"},
    Translation{"illegal EOF in scalar", "a quoted text never ends", "add the missing quote"},
    Translation{"illegal document indicator in scalar", "a quoted text never ends before the next document",
                "add the missing quote"},
    Translation{"illegal tab when looking for indentation", "a tab stands where indentation is wanted",
                "YAML is indented with spaces only"},
    Translation{"unknown token", "no value can begin with this character", "put quotes around the text"},
    Translation{"the referenced anchor is not defined", "this alias names an anchor that does not exist above it",
                "define it as `&name` earlier in the same document, or quote a text that begins with `*`"},
    Translation{"YAML major version too large", "this version of YAML is unknown", "remove the line %YAML"},
    Translation{"unknown escape character", "an escape in double quotes is unknown",
                "write \\\\ for a backslash, or use single quotes"},
};

}  // namespace

SyntaxWords syntax_words(std::string_view theirs) {
  const auto found = std::find_if(translations.begin(), translations.end(),
                                  [&](const Translation& one) { return theirs.starts_with(one.theirs); });
  if (found == translations.end())
    return {fmt::format("this is no YAML: {}", theirs),
            "check indentation, quotes and brackets here and in the lines above"};
  return {std::string(found->message), std::string(found->hint)};
}

}  // namespace muster::manifests
