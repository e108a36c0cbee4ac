#include "manifests/manifest_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <vector>

namespace muster::manifests {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// OpenStack's own clients look for these in the current directory: logins that may stand beside manifests.
bool is_login_file(const fs::path& path, const std::vector<fs::path>& beside) {
  const std::string stem = path.stem().string();
  if (stem == "clouds") return true;
  return stem == "secure" && std::any_of(beside.begin(), beside.end(), [](const fs::path& other) {
           return is_yaml(other) && other.stem() == "clouds";
         });
}

class Finder {
 public:
  explicit Finder(std::size_t most_files) : most_files_(most_files) {}

  void add(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      report(path, "does not exist", near(path));
    } else if (error) {
      report(path, "cannot be read: " + error.message(), "give the file or directory that holds the manifests");
    } else if (fs::is_directory(status)) {
      walk(path);
    } else {
      take(path);
    }
  }

  ManifestFiles finish() {
    std::sort(result_.paths.begin(), result_.paths.end());
    return std::move(result_);
  }

 private:
  void walk(const fs::path& directory) {
    std::error_code error;
    const fs::path real = fs::canonical(directory, error);
    if (!error && !seen_.insert(real).second) return;
    std::vector<fs::path> entries;
    // The iterator's own error stops its loop, so it is looked at after the loop.
    for (fs::directory_iterator next(directory, error), end; !error && next != end; next.increment(error)) {
      entries.push_back(next->path());
    }
    if (error) return report(directory, "cannot be read: " + error.message(), "make it readable for this user");
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) {
      if (!is_hidden(entry) && !is_full_) visit(entry, entries);
    }
  }

  void visit(const fs::path& entry, const std::vector<fs::path>& beside) {
    std::error_code error;
    const fs::file_status status = fs::status(entry, error);
    if (fs::is_directory(status)) {
      walk(entry);
    } else if (is_yaml(entry) && !is_login_file(entry, beside)) {
      take(entry);
    }
  }

  void take(const fs::path& file) {
    std::error_code error;
    const fs::path real = fs::canonical(file, error);
    if (!error && !seen_.insert(real).second) return;
    if (result_.paths.size() == most_files_) {
      is_full_ = true;
      return report(file, fmt::format("is one file too many: {} are the limit", most_files_), "give a narrower path");
    }
    result_.paths.push_back(file.lexically_normal().string());
  }

  /// A way out for a path that is not there.
  static std::string near(const fs::path& path) {
    std::vector<std::string> neighbours;
    const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::error_code error;
    for (fs::directory_iterator next(directory, error), end; !error && next != end; next.increment(error)) {
      if (next->is_directory(error) || is_yaml(next->path())) neighbours.push_back(next->path().filename().string());
    }
    std::sort(neighbours.begin(), neighbours.end());
    const std::string close = did_you_mean(path.filename().string(), neighbours);
    return close.empty() ? "give the file or directory that holds the manifests"
                         : fmt::format("did you mean {}?", (path.parent_path() / close).string());
  }

  void report(const fs::path& path, const std::string& what, std::string hint) {
    const std::string name = path.lexically_normal().string();
    result_.diagnostics.push_back({Severity::error, {name, 0, 0, {}}, "this path " + what, std::move(hint)});
  }

  std::size_t most_files_;
  bool is_full_ = false;
  std::set<fs::path> seen_;
  ManifestFiles result_;
};

}  // namespace

ManifestFiles find_manifest_files(const std::vector<std::string>& paths, std::size_t most_files) {
  Finder finder(most_files);
  for (const std::string& path : paths) finder.add(path);
  return finder.finish();
}

}  // namespace muster::manifests
