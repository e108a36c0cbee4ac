// A plan file, also one whose digest was made to fit after somebody changed it.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "reconciler/plan/plan_file.h"
#include "resources/contract/value.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

using Json = nlohmann::json;

/// Writing JSON recurses: this target must not be what fails.
bool is_flat(std::string_view text) {
  constexpr int deepest = 200;
  int depth = 0;
  for (const char letter : text) {
    if (letter == '[' || letter == '{') ++depth;
    if (letter == ']' || letter == '}') --depth;
    if (depth > deepest) return false;
  }
  return true;
}

std::optional<std::string> with_fitting_digest(std::string_view input) {
  if (!is_flat(input)) return std::nullopt;
  Json json = Json::parse(input, nullptr, false);
  if (!json.is_object() || !json.contains("fleet") || !json.contains("options") || !json.contains("steps"))
    return std::nullopt;
  json["sha256"] = digest_bytes(json["fleet"].dump() + json["options"].dump() + json["steps"].dump());
  return json.dump();
}

void read(std::string_view text) {
  allow_errors([&] {
    const plan::PlanFile file = plan::read_plan_file(text);
    const std::string written = plan::write_plan_file(file);
    const plan::PlanFile again = plan::read_plan_file(written);
    require(again.steps == file.steps && again.id == file.id && again.fleet_digest == file.fleet_digest &&
                again.selection.only == file.selection.only && again.selection.except == file.selection.except &&
                again.allow == file.allow && again.rollback == file.rollback,
            "a plan file that is written is read as it was");
    require(plan::write_plan_file(again) == written, "equal plan files have equal bytes");
  });
}

}  // namespace

void fuzz_plan_file(std::string_view input) {
  read(input);
  if (const auto fitting = with_fitting_digest(input)) read(*fitting);
}

}  // namespace muster::fuzz
