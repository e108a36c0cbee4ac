#include "reconciler/cli/new_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "resources/contract/error.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// "x": what came into being since it was looked for stays as it is.
void write(const fs::path& path, const std::string& text) {
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "wbx"));
  const bool written =
      file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
  if (written) return;
  throw Error(Fault::permanent, fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)),
              "is the directory yours, and the disk not full?");
}

/// Nothing on the way to the directory may be something else.
void require_room(const fs::path& directory) {
  fs::path way;
  for (const fs::path& part : directory) {
    way /= part;
    const fs::file_type type = fs::status(way).type();
    if (type == fs::file_type::not_found) return;
    if (type != fs::file_type::directory)
      throw Error(Fault::usage, fmt::format("{} is no directory; nothing was written", way.string()),
                  "name a directory to write into; it is made as needed");
  }
}

}  // namespace

std::vector<std::string> write_new_files(const fs::path& directory, const std::vector<manifests::StarterFile>& files,
                                         const std::string& hint) {
  std::vector<std::string> in_the_way;
  std::vector<std::string> written;
  try {
    require_room(directory);
    for (const manifests::StarterFile& file : files) {
      // A link that leads nowhere stands in the way too.
      const fs::path path = directory / file.path;
      if (fs::symlink_status(path).type() != fs::file_type::not_found) in_the_way.push_back(path.lexically_normal());
    }
    if (!in_the_way.empty()) {
      throw Error(Fault::usage,
                  fmt::format("{} {} already; nothing was written", fmt::join(in_the_way, ", "),
                              in_the_way.size() == 1 ? "exists" : "exist"),
                  hint);
    }
    for (const manifests::StarterFile& file : files) {
      const fs::path path = (directory / file.path).lexically_normal();
      write(path, file.text);
      written.push_back(path.string());
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(Fault::usage, fmt::format("cannot write {}: {}", error.path1().string(), error.code().message()),
                "name a directory that you may write");
  }
  return written;
}

}  // namespace muster::cli
