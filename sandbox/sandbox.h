#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sandbox/fault_script.h"
#include "sandbox/guest_options.h"
#include "sandbox/guest_reach.h"
#include "sandbox/http_message.h"
#include "sandbox/ledger.h"
#include "sandbox/ovh_options.h"

namespace muster::sandbox {

struct OpenStackOptions {
  std::chrono::milliseconds boot_time{1000};   ///< from the create call to ACTIVE or ERROR
  std::chrono::milliseconds delete_time{500};  ///< a deleted server stays visible for this long
  std::chrono::seconds token_ttl{3600};
  std::int64_t quota_instances = -1;  ///< -1: no limit
  std::int64_t quota_cores = -1;
  std::int64_t quota_ram_mb = -1;
  std::int64_t quota_ports = -1;         ///< of neutron; every server on a network takes one
  std::int64_t capacity_instances = -1;  ///< beyond it servers go to ERROR "No valid host was found. "
  double requests_per_second = 0;        ///< per service but keystone; 0: no limit
  double logins_per_minute = 0;          ///< keystone; 0: no limit
  int page_maximum = 1000;               ///< of nova and glance lists
};

struct SandboxOptions {
  Clock clock;  ///< empty: the system's; latencies and delays are always real time
  std::uint64_t seed = 1;
  std::chrono::milliseconds latency{0};  ///< of every call, half before and half after it takes effect
  std::string zone = "example.com";      ///< the DNS zone that the account owns
  int control_port = 0;                  ///< 0 picks a free one, as for all other services
  OpenStackOptions openstack;
  OvhOptions ovh;  ///< `zone` is added to its zones when they lack it
  GuestOptions guests;
  /// False: no port is bound and no thread runs; the cloud is reached by call() and connect() alone.
  bool has_network = true;
};

/// A private cloud in one process, on loopback: runs from construction to destruction. Safe from any thread.
class Sandbox {
 public:
  /// Throws std::system_error when a port cannot be had.
  explicit Sandbox(SandboxOptions options = {});
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// What a client needs in its environment to use this cloud: OS_*, OVH_*, MUSTER_*.
  std::map<std::string, std::string> environment() const;
  const Ledger& ledger() const;
  FaultScript& faults();
  /// Root of one service without a trailing slash; name as in the ledger: "keystone", "nova", "control" ...
  std::string url(const std::string& service) const;

  /// One call on the caller's thread, with the latency, faults and ledger of one that comes over a socket. `origin` is
  /// the url() of the service that is meant. Throws std::out_of_range when none has it.
  Outcome call(const std::string& origin, Request request);
  /// One attempt to connect to a guest, likewise.
  GuestAnswer connect(const std::string& address, int port);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace muster::sandbox
