#include "reconciler/cli/view_error.h"

#include "reconciler/cli/json.h"

namespace muster::cli {

std::string error_text(const Error& error, const Painter& paint) {
  std::string text = paint(Colour::red, "error:") + " " + error.message() + "\n";
  for (const std::string& frame : error.frames()) text += "       while " + frame + "\n";
  if (!error.hint().empty()) text += paint(Colour::bold, "hint:") + "  " + error.hint() + "\n";
  return text;
}

std::string error_record(const Error& error) {
  Json json = record("error");
  json["fault"] = to_string(error.fault());
  json["message"] = error.message();
  json["frames"] = error.frames();
  json["hint"] = text_or_null(error.hint());
  return line(json);
}

std::string diagnostics_text(const std::vector<Diagnostic>& diagnostics, const Painter& paint) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!diagnostic.where.file.empty()) text += diagnostic.where.to_string() + ": ";
    text += diagnostic.severity == Severity::error ? paint(Colour::red, "error:") : paint(Colour::yellow, "warning:");
    text += " " + diagnostic.message + "\n";
    if (!diagnostic.hint.empty()) text += "    " + paint(Colour::bold, "hint:") + " " + diagnostic.hint + "\n";
  }
  return text;
}

std::string diagnostic_records(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    Json json = record("diagnostic");
    json["severity"] = diagnostic.severity == Severity::error ? "error" : "warning";
    json["where"] = json_of(diagnostic.where);
    json["message"] = diagnostic.message;
    json["hint"] = text_or_null(diagnostic.hint);
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
