#include "resources/ipd/package_check.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "resources/contract/tar_compression.h"

namespace muster::ipd_driver {
namespace {

constexpr const char* what_for = "an IPD server runs it with check, prepare and deploy";

struct CloseReader {
  void operator()(archive* reader) const noexcept { archive_read_free(reader); }
};

std::optional<PackageFault> directory_fault(const std::filesystem::path& directory) {
  const std::string script = (directory / "control.sh").string();
  if (::access(script.c_str(), F_OK) != 0) return PackageFault{fmt::format("the package has no {}", script), what_for};
  if (::access(script.c_str(), X_OK) != 0)
    return PackageFault{fmt::format("{} may not be executed", script), fmt::format("chmod +x {}", script)};
  return std::nullopt;
}

bool is_control(const char* member) {
  return member != nullptr && std::filesystem::path(member).lexically_normal() == "control.sh";
}

std::optional<PackageFault> tar_fault(const std::string& tar) {
  const std::unique_ptr<archive, CloseReader> reader(archive_read_new());
  if (!reader) throw std::bad_alloc();
  support_tar_compressions(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_empty(reader.get());
  constexpr std::size_t block = 1 << 16;
  int result = archive_read_open_filename(reader.get(), tar.c_str(), block);
  archive_entry* entry = nullptr;
  bool is_there = false;
  while (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
    result = archive_read_next_header(reader.get(), &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) break;
    if (!is_control(archive_entry_pathname(entry))) continue;
    is_there = true;
    // What a link leads to may be executable.
    const bool is_file = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
    if (!is_file || (archive_entry_perm(entry) & 0111U) != 0) return std::nullopt;
  }
  if (result != ARCHIVE_EOF) {
    const char* words = archive_error_string(reader.get());
    return PackageFault{
        fmt::format("the package {} is no tar that can be read: {}", tar, words != nullptr ? words : "it is broken"),
        "make it with `tar -C DIRECTORY -cf FILE .`, or name the directory"};
  }
  if (!is_there)
    return PackageFault{fmt::format("the package {} has no control.sh at its top", tar),
                        fmt::format("{}; make it with `tar -C DIRECTORY -cf FILE .`", what_for)};
  return PackageFault{fmt::format("control.sh in {} may not be executed", tar),
                      "chmod +x control.sh, and pack it again"};
}

}  // namespace

std::optional<PackageFault> package_fault(const std::string& path, bool is_directory) {
  return is_directory ? directory_fault(path) : tar_fault(path);
}

}  // namespace muster::ipd_driver
