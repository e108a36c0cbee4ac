#pragma once

#include <chrono>

namespace muster::sandbox {

struct GuestOptions {
  /// From ACTIVE until the guest answers on its ports, on the world's clock.
  std::chrono::milliseconds boot_time{500};
  /// Any address answers: for a cloud beside the sandbox whose guests do not boot.
  bool all_addresses = false;
  /// Of the SOCKS5 proxy; 0 picks a free one.
  int port = 0;
};

}  // namespace muster::sandbox
