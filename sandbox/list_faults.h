#pragma once

// What goes wrong with lists: items left out or told twice, and answers of a while ago.

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/http_message.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Leaves out and repeats items of the array that `body` is, or holds as a member. Any other text stays as it is.
std::string with_list_faults(const std::string& body, double missing, double repeated, Random& random);

/// Answers as a cache gives them, or a database replica that lags. Safe from any thread.
class StaleAnswers {
 public:
  /// The oldest answer that was given here for `call` within `lag`; `fresh` when there was none.
  Response instead_of(const std::string& call, Response fresh, Time now, std::chrono::milliseconds lag);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::pair<Time, Response>>> answers_;
};

}  // namespace muster::sandbox
