#include "reconciler/cli/view_render.h"

#include "reconciler/apply/fill.h"
#include "reconciler/cli/json.h"

namespace muster::cli {
namespace {

/// A text of several lines stands below its name, indented, as it is.
std::string field_text(const std::string& name, const Value& value) {
  if (!value.is_string()) return "  " + name + ": " + to_canonical_json(value) + "\n";
  const std::string& content = value.as_string();
  if (content.find('\n') == std::string::npos) return "  " + name + ": " + content + "\n";
  std::string text = "  " + name + ": |\n";
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    text += end == at ? "\n" : "    " + content.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text;
}

}  // namespace

std::string render_text(const std::vector<Resource>& resources, const Painter& paint) {
  std::string text;
  for (const Resource& resource : resources) {
    if (!text.empty()) text += "\n";
    text +=
        paint(Colour::bold, resource.id.to_string()) + "  " + paint(Colour::dim, resource.origin.to_string()) + "\n";
    const Value shown = apply::fill_for_show(resource.wanted);
    if (!shown.is_map()) continue;
    for (const auto& [name, value] : shown.as_map()) {
      if (!value.is_null()) text += field_text(name, value);
    }
  }
  return text;
}

std::string render_records(const std::vector<Resource>& resources) {
  std::string text;
  for (const Resource& resource : resources) {
    Json json = record("resource");
    json["id"] = resource.id.to_string();
    json["group"] = text_or_null(resource.group);
    json["origin"] = json_of(resource.origin);
    json["wanted"] = json_of(resource.wanted);
    Json needs = Json::array();
    for (const ResourceId& need : resource.needs) needs.push_back(need.to_string());
    json["needs"] = needs;
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
