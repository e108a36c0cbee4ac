#include "ipd/login_limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace muster::ipd {
namespace {

constexpr std::chrono::seconds window{60};
/// So many addresses are remembered before the old ones are looked for.
constexpr std::size_t many = 10'000;

/// Who has an IPv6 address has 2^64 of them (RFC 6177): they count as one.
std::string who(const std::string& address) {
  in6_addr six{};
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) return address;
  constexpr std::size_t network = 8;
  return std::string(reinterpret_cast<const char*>(six.s6_addr), network);
}

}  // namespace

std::chrono::seconds LoginLimit::wait(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = windows_.find(who(address));
  if (found == windows_.end() || found->second.failures < attempts_) return std::chrono::seconds(0);
  const auto left = found->second.began + window - now;
  return left.count() <= 0 ? std::chrono::seconds(0) : std::chrono::ceil<std::chrono::seconds>(left);
}

void LoginLimit::failed(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (windows_.size() >= many) forget_old(now);
  Window& own = windows_[who(address)];
  if (own.failures == 0 || now - own.began >= window) own = {now, 0};
  ++own.failures;
}

void LoginLimit::forget_old(Clock::time_point now) {
  std::erase_if(windows_, [now](const auto& entry) { return now - entry.second.began >= window; });
}

}  // namespace muster::ipd
