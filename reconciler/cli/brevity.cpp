#include "reconciler/cli/brevity.h"

#include "reconciler/cli/text.h"

namespace muster::cli {

std::string Brevity::names(const std::vector<std::string>& names, std::size_t width) {
  const std::size_t room = all_ ? std::string::npos : width;
  left_out_ = left_out_ || fitting(names, room) < names.size();
  return some_of(names, room);
}

std::string Brevity::text(std::string_view text, std::size_t width) {
  if (all_ || display_width(text) <= width) return std::string(text);
  left_out_ = true;
  return clip(text, width);
}

std::size_t Brevity::first_of(std::size_t number, std::size_t few) {
  if (all_ || number <= few) return number;
  left_out_ = true;
  return few;
}

}  // namespace muster::cli
