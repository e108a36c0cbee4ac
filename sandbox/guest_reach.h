#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/guest_directory.h"
#include "sandbox/guest_options.h"
#include "sandbox/guest_socks.h"
#include "sandbox/http_service.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Public DNS: the addresses of a name, empty when it has none, nullopt when there is no such name.
using NameResolver = std::function<std::optional<std::vector<std::string>>(const std::string& name)>;

/// What who wants to connect to a guest meets.
struct GuestAnswer {
  /// Nothing: the connection ends without an answer.
  std::optional<SocksReply> reply;
  std::string address;  ///< of the guest, when the reply is `succeeded`
  bool reset = false;   ///< without a reply: with RST
};

/// Decides who reaches which guest. Each attempt is a call of the service "guest" in ledger and fault script, with the
/// method CONNECT and host:port; its status is 200, 502 (refused), 504 (unreachable) or, for a fault, 0. Of a fault
/// script drops, delays and status (as a general failure) have an effect. Safe from any thread.
class GuestReach {
 public:
  /// The world outlives the object; resolver and directory are called from many threads.
  GuestReach(World& world, GuestOptions options, NameResolver resolver, GuestDirectory directory);

  /// Takes the world's latency. `host` is a name unless `is_address`.
  GuestAnswer connect(const SocksTarget& target);
  /// Whether public DNS leads from `name` to `address`.
  bool leads_to(const std::string& name, const std::string& address) const;
  /// The machine at an address stops or resumes answering.
  void set_down(const std::string& address, bool down);
  /// POST /guests/{address}/down and /up on the control service: set_down.
  void mount_control(HttpService& control);
  /// Ends all waiting; later attempts do not wait at all.
  void hurry();

 private:
  GuestAnswer find_route(const SocksTarget& target) const;
  SocksReply reach(const std::string& address, int port) const;
  void wait(std::chrono::milliseconds duration);

  World& world_;
  const GuestOptions options_;
  const NameResolver resolver_;
  const GuestDirectory directory_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable hurried_;
  bool hurry_ = false;
  std::set<std::string> down_;
};

}  // namespace muster::sandbox
