#pragma once

// How far this machine's clock is from a server's. Expiry, time limits, revisions and certificates rest on both.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/diagnostic.h"
#include "resources/contract/finding.h"
#include "resources/contract/resource.h"
#include "resources/net/http.h"

namespace muster::net {

/// Learns from the Date of answers. Thread-safe.
class ClockWatch {
 public:
  /// `asked` and `came`: when by our clock. An answer without a Date, or from a cache on the way, teaches nothing.
  void saw(const HttpAnswer& answer, Time asked, Time came);
  /// The server's time minus ours, by the answer that fits best, so that one that lay about does not count: zero when
  /// its Date is explained by how long it took. Nothing when no answer told.
  std::optional<std::chrono::seconds> difference() const;

 private:
  mutable std::mutex mutex_;
  std::optional<std::chrono::seconds> difference_;
};

/// `difference`: the server's time minus ours. More than 5 minutes are an error, more than 60 s (certificates and
/// signatures of other services begin to fail there) a warning, else nothing. `server` is for people: "OVH at
/// https://...".
std::optional<Diagnostic> clock_problem(std::string_view server, std::chrono::seconds difference);

/// The same judgement for an examination, which tells good news as well and only warns. `server`: "OVH"; `hint` is for
/// the warning.
Finding clock_finding(std::string_view server, std::chrono::seconds difference, std::string hint);

}  // namespace muster::net
