#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sandbox/guest_tls.h"
#include "sandbox/http_connection.h"

namespace muster::sandbox {

/// What the machine at one end of a connection is: it serves a name when public DNS leads from that name to it.
struct GuestSite {
  std::function<bool(const std::string& name)> serves;
};

/// The ports that a booted guest listens on: 22, 80 and 443.
bool guest_listens_on(int port);

/// What a guest says on a port before its client has said anything; empty: nothing.
std::string_view guest_greeting(int port);

/// Plays the guest on an accepted connection until either side ends it. Port 22 sends an SSH identification and goes no
/// further; 80 redirects the site's names to https, as Caddy does; 443 serves a short Element page and its config.json.
/// Precondition: guest_listens_on(port).
void serve_guest_port(Connection& connection, int port, GuestTls& tls, const GuestSite& site);

}  // namespace muster::sandbox
