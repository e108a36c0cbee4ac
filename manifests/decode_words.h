#pragma once

// What a field wants and what was found, in words and in shapes.

#include <string>
#include <string_view>

#include "manifests/node.h"
#include "resources/contract/schema.h"

namespace muster::manifests {

/// The shape of a value of that type; not for choice, secret and any, which take several.
Node::Shape shape_of(Type type);
/// True when `node` can be meant as a value of `field`, be it within its bounds or not.
bool could_be(const Field& field, const Node& node);

/// "a whole number", "a duration such as 90s, 15m, 2h or 3d", "a number or a list".
std::string wanted_words(const Field& field);
/// The same with the pattern or the allowed texts, for a field that is missing.
std::string precise_words(const Field& field);

/// `the text "abc"`, "the number 5", "a list"; never the content where the field is secret or sensitive.
std::string found_words(const Node& node, const Field& field);

/// How to write it rightly, when the mistake is a common one.
std::string hint_for(const Node& node, const Field& field);

/// At most 60 characters of `text`, on one line.
std::string shortened(std::string_view text);

/// Letters of other scripts look like ours, and some cannot be seen: "; it contains U+0430" of the first one, or empty.
std::string foreign_letter(std::string_view text);

}  // namespace muster::manifests
