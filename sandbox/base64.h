#pragma once

#include <string>

namespace muster::sandbox {

/// RFC 4648, section 4, padded, in one line.
std::string base64(const std::string& bytes);

}  // namespace muster::sandbox
