#include "resources/contract/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace muster {

Origin Manifest::where(std::string_view path) const {
  while (!path.empty()) {
    if (const auto mark = marks.find(path); mark != marks.end()) return mark->second;
    const auto last = path.find_last_of(".[");
    path = last == std::string_view::npos ? std::string_view() : path.substr(0, last);
  }
  return origin;
}

std::string Manifest::file_at(std::string_view path) const {
  const std::string named = spec.string_at(path);
  if (named.empty()) return {};
  const std::filesystem::path beside = where(fmt::format("spec.{}", path)).file;
  return (beside.parent_path() / named).lexically_normal().string();
}

std::optional<Origin> Manifest::written(std::string_view path) const {
  const auto mark = marks.find(path);
  return mark == marks.end() ? std::nullopt : std::optional(mark->second);
}

bool Manifest::is_sound(std::string_view path) const {
  return std::none_of(faulty.begin(), faulty.end(),
                      [&](const std::string& other) { return is_path_in(other, path) || is_path_in(path, other); });
}

bool is_path_in(std::string_view path, std::string_view whole) {
  return path.starts_with(whole) &&
         (path.size() == whole.size() || path[whole.size()] == '.' || path[whole.size()] == '[');
}

Catalog::Catalog(const std::vector<Manifest>& manifests) {
  for (const Manifest& manifest : manifests) by_key_.emplace(std::pair(manifest.kind, manifest.name), &manifest);
}

const Manifest* Catalog::find(std::string_view kind, std::string_view name) const {
  const auto found = by_key_.find(std::pair(std::string(kind), std::string(name)));
  return found == by_key_.end() ? nullptr : found->second;
}

std::vector<const Manifest*> Catalog::of_kind(std::string_view kind) const {
  std::vector<const Manifest*> manifests;
  for (auto at = by_key_.lower_bound(std::pair(std::string(kind), std::string())); at != by_key_.end(); ++at) {
    if (at->first.first != kind) break;
    manifests.push_back(at->second);
  }
  return manifests;
}

}  // namespace muster
