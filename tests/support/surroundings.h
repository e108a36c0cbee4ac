#pragma once

// The least that a run needs around it.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "resources/contract/context.h"
#include "resources/contract/error.h"
#include "resources/contract/secret.h"

namespace muster::test {

/// An environment of just these.
class Variables : public Environment {
 public:
  explicit Variables(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  std::optional<std::string> get(std::string_view name) const override {
    const auto found = values_.find(std::string(name));
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::string> values_;
};

struct NoSecrets : SecretReader {
  std::string read(const SecretOrigin&) override { throw Error(Fault::invalid, "there are no secrets here"); }
};

/// Nobody waits.
struct AnyPace : RateBudget {
  std::chrono::milliseconds book(std::string_view, int, int) override { return std::chrono::milliseconds(0); }
};

}  // namespace muster::test
