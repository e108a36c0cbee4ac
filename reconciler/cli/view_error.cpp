#include "reconciler/cli/view_error.h"

#include <cstddef>
#include <string_view>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

/// What others say may not look like a message of ours: their later lines are indented.
std::string told(std::string_view text, std::size_t indent) { return hanging(clip(text, widest_message), indent); }

}  // namespace

std::string error_text(const Error& error, const Painter& paint) {
  std::string text = paint(Colour::red, "error:") + " " + told(error.message(), 7) + "\n";
  for (const std::string& frame : error.frames()) text += "       while " + told(frame, 13) + "\n";
  if (!error.hint().empty()) text += paint(Colour::bold, "hint:") + "  " + told(error.hint(), 7) + "\n";
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
    if (!diagnostic.where.file.empty()) text += told(diagnostic.where.to_string(), 4) + ": ";
    text += diagnostic.severity == Severity::error ? paint(Colour::red, "error:") : paint(Colour::yellow, "warning:");
    text += " " + told(diagnostic.message, 4) + "\n";
    if (!diagnostic.hint.empty())
      text += "    " + paint(Colour::bold, "hint:") + " " + told(diagnostic.hint, 10) + "\n";
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
