#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace muster::sandbox {

/// The server behind an address, as the guest network needs to know it.
struct GuestState {
  std::string server_id;
  std::string name;
  /// Nova status ACTIVE; a server in any other status answers on no port.
  bool active = false;
  /// Time since the server became ACTIVE, on the world's clock. Meaningless unless active.
  std::chrono::milliseconds up_for{0};
};

/// Finds the server that has this address (one of any network, any IP version), nullopt when none has. The address is
/// in the form that inet_ntop writes. Called from many threads at once; must not block on anything but a short lock.
using GuestDirectory = std::function<std::optional<GuestState>(const std::string& address)>;

}  // namespace muster::sandbox
