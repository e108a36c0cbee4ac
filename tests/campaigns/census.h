#pragma once

// What the sandbox's ledger says about leaks and twins.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "sandbox/ledger.h"

namespace muster::test {

/// Objects by kind and name: those that a muster resource has, and those of others.
struct Census {
  std::map<std::string, std::size_t> standing;
  /// The most that ever stood at the same time since the entry the census was asked from.
  std::map<std::string, std::size_t> peak;
};
Census census(const sandbox::Ledger& ledger, std::uint64_t since);

/// How many more of something there are than `expected`; those that are missing do not make up for them. The other way
/// round: how many are missing.
std::size_t surplus(const std::map<std::string, std::size_t>& found,
                    const std::map<std::string, std::size_t>& expected);

}  // namespace muster::test
