#include "reconciler/cli/view_import.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

std::string place(const Origin& where) { return fmt::format("{}:{}", where.line, where.column); }

std::vector<std::string> next_steps(const ImportShown& shown) {
  const std::string there = shown.directory == "." ? "" : " -f " + shown.directory;
  return {"Read the files through, and set the variables.",
          "muster adopt" + there + "\n     It shows the hosts that Install Party made, and how to name them.",
          "muster plan" + there + "\n     It says what differs; after the adoption nothing should."};
}

}  // namespace

std::string import_text(const ImportShown& shown, const Painter& paint, int width) {
  std::size_t widest = 0;
  for (const manifests::ImportedKey& key : shown.import.keys) widest = std::max(widest, key.key.size());
  std::string text = paint(Colour::bold, fmt::format("{}: Install Party, {}", shown.file, shown.import.layout)) + "\n";
  for (const manifests::ImportedKey& key : shown.import.keys) {
    const std::string start = fmt::format("  {:>6}  {:<{}}  ", place(key.where), key.key, widest);
    text += start + wrap("-> " + key.became, static_cast<std::size_t>(std::max(width, 60)), start.size() + 3) + "\n";
  }
  text += "\n";
  for (const std::string& path : shown.written) text += "wrote " + path + "\n";
  return text;
}

std::string import_next_steps(const ImportShown& shown, const Painter& paint, int width) {
  const auto room = static_cast<std::size_t>(std::max(width, 60));
  std::string text = "\n" + paint(Colour::bold, "Variables to set") + ": no secret was copied, and none is shown\n";
  for (const manifests::SecretToSet& secret : shown.import.secrets) {
    text += fmt::format("  {:<23} from {} at {}\n", secret.variable, secret.key, secret.where.to_string());
  }
  text += "\n" + paint(Colour::bold, "Good to know") + "\n";
  for (const std::string& note : shown.import.notes) text += "  - " + wrap(note, room, 4) + "\n";
  text += "\n" + paint(Colour::bold, "Next") + "\n";
  int number = 0;
  // A command stays on one line, however long its path is.
  for (const std::string& step : next_steps(shown)) text += fmt::format("  {}. {}\n", ++number, step);
  return text;
}

std::string import_records(const ImportShown& shown) {
  std::string text;
  for (const manifests::ImportedKey& key : shown.import.keys) {
    Json json = record("imported");
    json["key"] = key.key;
    json["where"] = json_of(key.where);
    json["became"] = key.became;
    text += line(json);
  }
  for (const manifests::SecretToSet& secret : shown.import.secrets) {
    Json json = record("secret");
    json["variable"] = secret.variable;
    json["key"] = secret.key;
    json["where"] = json_of(secret.where);
    text += line(json);
  }
  for (const std::string& path : shown.written) {
    Json json = record("written");
    json["path"] = path;
    text += line(json);
  }
  for (const std::string& note : shown.import.notes) {
    Json json = record("note");
    json["text"] = note;
    text += line(json);
  }
  return text;
}

}  // namespace muster::cli
