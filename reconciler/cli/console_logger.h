#pragma once

#include <string_view>

#include "reconciler/cli/console.h"
#include "resources/contract/context.h"

namespace muster::cli {

/// Diagnostics for people who look closer: warnings always, the rest with -v.
class ConsoleLogger : public Logger {
 public:
  ConsoleLogger(Console& console, bool verbose) : console_(console), verbose_(verbose) {}

  void log(LogLevel level, std::string_view text) override;

 private:
  Console& console_;
  bool verbose_;
};

}  // namespace muster::cli
