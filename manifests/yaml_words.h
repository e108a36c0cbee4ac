#pragma once

// The YAML library's terse words, said so that they help.

#include <string>
#include <string_view>

namespace muster::manifests {

struct SyntaxWords {
  std::string message;
  std::string hint;
};

/// `theirs` is the library's message without its place.
SyntaxWords syntax_words(std::string_view theirs);

}  // namespace muster::manifests
