#pragma once

// How calls with an application key are signed.

#include <cstdint>
#include <string>
#include <string_view>

#include "resources/ovh/credentials.h"

namespace muster::ovh {

/// "$1$" and 40 hex digits. `url` exactly as it goes over the wire, query included; `body` the bytes sent;
/// `timestamp` Unix seconds by the server's clock. Throws Error(permanent) when OpenSSL offers no SHA-1.
std::string sign(const ApplicationKey& key, std::string_view method, std::string_view url, std::string_view body,
                 std::int64_t timestamp);

}  // namespace muster::ovh
