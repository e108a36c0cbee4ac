#include "manifests/fleet.h"
#include "manifests/schema_json.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/view_schema.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

const Schema& schema_named(const Registry& registry, const std::string& kind) {
  if (kind == manifests::fleet_schema().kind) return manifests::fleet_schema();
  if (const Schema* schema = registry.manifest_schema(kind)) return *schema;
  std::vector<std::string> known = registry.manifest_kinds();
  known.push_back(manifests::fleet_schema().kind);
  std::string list;
  for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
  const std::string close = did_you_mean(kind, known);
  throw Error(Fault::usage, "there is no kind '" + kind + "'",
              (close.empty() ? "" : "did you mean '" + close + "'? ") + ("the kinds are " + list));
}

/// As every record is.
std::string as_record(const std::string& json) { return line(Json::parse(json)); }

}  // namespace

int run_schema(Invocation& call) {
  const auto& kinds = call.options.words;
  if (kinds.empty()) {
    const std::string schema = manifests::schema_json(call.registry);
    call.console.out(call.options.json ? as_record(schema) : schema);
    return Exit::converged;
  }
  for (const std::string& kind : kinds) {
    const Schema& schema = schema_named(call.registry, kind);
    if (call.options.json)
      call.console.out(as_record(manifests::schema_json(call.registry, kind)));
    else
      call.console.show(schema_text(schema, call.console.out_paint(), call.console.out_width()));
  }
  return Exit::converged;
}

}  // namespace muster::cli
