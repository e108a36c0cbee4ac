#include "resources/contract/resource.h"

#include <fmt/format.h>

namespace muster {

std::string Origin::to_string() const {
  if (line == 0) return file;
  return column == 0 ? fmt::format("{}:{}", file, line) : fmt::format("{}:{}:{}", file, line, column);
}

}  // namespace muster
