#include "sandbox/world.h"

namespace muster::sandbox {

Random::Random(std::uint64_t seed) : engine_(seed) {}

std::uint64_t Random::below(std::uint64_t bound) {
  const std::lock_guard lock(mutex_);
  return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
}

std::string Random::hex(std::size_t digits) {
  static constexpr char alphabet[] = "0123456789abcdef";
  const std::lock_guard lock(mutex_);
  std::uniform_int_distribution<std::size_t> digit(0, 15);
  std::string text(digits, '0');
  for (char& character : text) character = alphabet[digit(engine_)];
  return text;
}

std::string Random::uuid() {
  const std::string digits = hex(32);
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-4" + digits.substr(13, 3) + "-a" + digits.substr(17, 3) +
         "-" + digits.substr(20, 12);
}

World::World(Clock given, std::uint64_t seed, std::chrono::milliseconds latency_of_every_call, bool network)
    : clock(given ? std::move(given) : [] { return std::chrono::system_clock::now(); }),
      random(seed),
      ledger(clock),
      faults(clock, [this](std::string_view id) { return ledger.created_at(id); }),
      latency(latency_of_every_call),
      has_network(network) {}

}  // namespace muster::sandbox
