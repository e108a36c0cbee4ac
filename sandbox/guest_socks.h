#pragma once

#include <optional>
#include <string>

#include "sandbox/http_connection.h"

namespace muster::sandbox {

/// The reply field of RFC 1928, section 6.
enum class SocksReply : unsigned char {
  succeeded = 0,
  general_failure = 1,
  host_unreachable = 4,
  connection_refused = 5,
  command_not_supported = 7,
  address_type_not_supported = 8,
};

/// Where a client wants to go. An address is in the form that inet_ntop writes, whichever way it was sent.
struct SocksTarget {
  std::string host;
  bool is_address = false;
  int port = 0;
};

/// Reads the greeting and the request of a SOCKS5 client. Only "no authentication" and CONNECT are offered; what else a
/// client wants is refused as the RFC says, and so is nonsense: nullopt, nothing more to do.
std::optional<SocksTarget> accept_socks(Connection& connection);

bool reply_socks(Connection& connection, SocksReply reply);

/// The text as inet_ntop would write it, nullopt when it is no IPv4 or IPv6 address.
std::optional<std::string> canonical_address(const std::string& text);

}  // namespace muster::sandbox
