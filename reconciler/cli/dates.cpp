#include "reconciler/cli/dates.h"

#include <fmt/format.h>

#include <chrono>

#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

std::optional<Time> time_at(const Manifest& manifest, std::string_view field) {
  const Value& value = manifest.spec.at(field);
  if (!value.is_int()) return std::nullopt;
  return Time(std::chrono::seconds(value.as_int()));
}

}  // namespace

std::optional<Time> begin_of(const Manifest& manifest) { return time_at(manifest, "from"); }

std::optional<Time> end_of(const Manifest& manifest) {
  const auto end = time_at(manifest, "expires");
  if (!end) return std::nullopt;
  return *end + std::chrono::seconds(manifest.spec.int_at("extend"));
}

std::string dates_text(std::optional<Time> begin, std::optional<Time> end, Time now) {
  if (begin && now < *begin) return fmt::format("begins {} (in {})", minute_text(*begin), duration_text(*begin - now));
  if (!end) return "";
  if (now < *end) return fmt::format("ends {} (in {})", minute_text(*end), duration_text(*end - now));
  return "over since " + minute_text(*end);
}

}  // namespace muster::cli
