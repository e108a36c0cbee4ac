#pragma once

// Our stamp in the words that a project's owner is told by.

#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/observed.h"

namespace muster::ipd_driver {

struct OwnerWords {
  Stamp stamp;
  /// What failed and was put back, by Release::key(); not to be tried again. Empty: nothing was.
  std::string put_back;
};

std::string to_words(const OwnerWords& owner);
/// Nothing for what is no stamp of ours.
std::optional<OwnerWords> owner_from(std::string_view words);

/// What is left where a fleet has let go of a project: it may take it again, and others may adopt it.
std::string words_of_release(const std::string& fleet);
bool is_released_by(std::string_view words, const std::string& fleet);

}  // namespace muster::ipd_driver
