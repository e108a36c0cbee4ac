#pragma once

// Servers and records of others in a fleet's cloud, which nobody may touch.

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "tests/cli/party.h"

namespace muster::test {

class Neighbours {
 public:
  /// Moves some in. Precondition: the party has a server, whose image theirs get.
  explicit Neighbours(Party& party);
  /// What was changed or removed of theirs since.
  std::size_t harmed() const;

 private:
  const sandbox::Ledger& ledger_;
  std::set<std::string> servers_;  ///< backend ids
  std::uint64_t since_ = 0;
};

}  // namespace muster::test
