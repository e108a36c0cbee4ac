#include "reconciler/cli/json.h"

#include "reconciler/apply/fill.h"
#include "reconciler/cli/text.h"

namespace muster::cli {

Json record(std::string_view type) { return {{"type", type}, {"version", record_version}}; }

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(std::string(text)); }

Json time_or_null(Time time) { return time == Time{} ? Json(nullptr) : Json(iso_text(time)); }

Json json_of(const Value& value) { return Json::parse(to_canonical_json(apply::fill_for_show(value))); }

Json json_of(const Origin& origin) {
  if (origin.file.empty()) return nullptr;
  return {{"file", origin.file},
          {"line", origin.line},
          {"column", origin.column},
          {"manifest", text_or_null(origin.manifest)}};
}

}  // namespace muster::cli
