#include "reconciler/cli/console_logger.h"

#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"

namespace muster::cli {

void ConsoleLogger::log(LogLevel level, std::string_view text) {
  if (level == LogLevel::warning) {
    console_.err(console_.err_paint()(Colour::yellow, "warning:") + " " + hanging(text, 4) + "\n");
  } else if (verbose_) {
    console_.err(console_.err_paint()(Colour::dim, text) + "\n");
  }
}

}  // namespace muster::cli
