#pragma once

// The user data that the input of a fuzz target leads to.

#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/value.h"

namespace muster::fuzz {

struct WrittenUserData {
  std::string text;  ///< as it is sent
  Value body;        ///< what it was written from, without holes
};

/// Of a workshop whose host, user, e-mail address, ACME authority, Element URL and password are lines of `input`, its
/// post-install script what follows. Empty when a manifest may not say that. Throws Error.
std::vector<WrittenUserData> written_user_data(std::string_view input);

}  // namespace muster::fuzz
