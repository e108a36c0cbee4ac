#include "ipd/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "resources/contract/tar_compression.h"

namespace muster::ipd {
namespace {

struct CloseReader {
  void operator()(struct archive* reader) const noexcept { archive_read_free(reader); }
};
struct CloseWriter {
  void operator()(struct archive* writer) const noexcept { archive_write_free(writer); }
};
using Reader = std::unique_ptr<struct archive, CloseReader>;
using Writer = std::unique_ptr<struct archive, CloseWriter>;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

/// The place below the folder, "" for the folder itself; nothing when the name leads out of it.
std::optional<std::string> place_of(std::string_view name) {
  if (name.starts_with('/')) return std::nullopt;
  std::string place;
  for (const std::string_view part : parts_of(name)) {
    if (part == "..") return std::nullopt;
    place += place.empty() ? "" : "/";
    place += part;
  }
  return place;
}

/// ".." may stand in front only: behind a name it is the parent of wherever that name leads.
bool stays_inside(std::string_view link, std::string_view target) {
  if (target.empty() || target.starts_with('/')) return false;
  const std::size_t depth = parts_of(link).size() - 1;
  std::size_t up = 0;
  bool in_front = true;
  for (const std::string_view part : parts_of(target)) {
    if (part != "..") in_front = false;
    if (part == ".." && (!in_front || ++up > depth)) return false;
  }
  return true;
}

using Refusal = std::optional<std::string>;

class Unpacking {
 public:
  Unpacking(const std::filesystem::path& folder, const UnpackLimits& limits)
      : folder_(folder.string()), limits_(limits) {}

  Refusal run(const std::filesystem::path& package) {
    const Reader reader(archive_read_new());
    support_tar_compressions(reader.get());
    archive_read_support_format_tar(reader.get());
    archive_read_support_format_empty(reader.get());
    constexpr std::size_t block = 1 << 16;
    if (archive_read_open_filename(reader.get(), package.c_str(), block) != ARCHIVE_OK) return broken(reader.get());
    const Writer writer(archive_write_disk_new());
    archive_write_disk_set_options(writer.get(), ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_UNLINK |
                                                     ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT);
    while (true) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(reader.get(), &entry);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return broken(reader.get());
      if (auto refusal = take(reader.get(), writer.get(), entry)) return refusal;
    }
    if (archive_write_close(writer.get()) != ARCHIVE_OK) return broken(writer.get());
    return {};
  }

 private:
  static Refusal broken(struct archive* archive) {
    const char* words = archive_error_string(archive);
    return fmt::format("cannot unpack it: {}", words != nullptr ? words : "broken archive");
  }

  static Refusal refused(std::string_view member, std::string_view why) { return fmt::format("{}: {}", member, why); }

  Refusal take(struct archive* reader, struct archive* writer, archive_entry* entry) {
    const char* raw = archive_entry_pathname(entry);
    const std::string name = raw != nullptr ? raw : "";
    if (++entries_ > limits_.entries) return refused(name, fmt::format("more than {} members", limits_.entries));
    const auto place = place_of(name);
    if (!place) return refused(name, "leads out of the folder");
    if (place->empty()) {
      if (archive_entry_filetype(entry) == AE_IFDIR) return std::nullopt;
      return refused(name, "is the folder itself, and no directory");
    }
    if (const auto why = why_not(entry, *place)) return refused(name, *why);
    constexpr std::int64_t of_an_entry = 4096;
    if (leaves_too_little(of_an_entry)) return refused(name, no_room());
    archive_entry_set_pathname(entry, (folder_ + "/" + *place).c_str());
    // The owner must be able to run and to remove what is there, whatever the tar says.
    const auto needed = archive_entry_filetype(entry) == AE_IFDIR ? 0700U : 0600U;
    archive_entry_set_perm(entry, (archive_entry_perm(entry) & 0777U) | needed);
    if (archive_write_header(writer, entry) != ARCHIVE_OK) return refused(name, archive_error_string(writer));
    if (auto refusal = copy(reader, writer, name)) return refusal;
    if (archive_write_finish_entry(writer) != ARCHIVE_OK) return refused(name, archive_error_string(writer));
    return std::nullopt;
  }

  /// A sparse file costs no disk, but whoever reads it meets its whole length.
  bool is_too_large(archive_entry* entry) const {
    return archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) > limits_.bytes;
  }

  Refusal why_not(archive_entry* entry, const std::string& place) const {
    if (is_too_large(entry)) return too_large();
    if (const char* target = archive_entry_hardlink(entry)) {
      const auto linked = place_of(target);
      if (!linked || linked->empty()) return fmt::format("a link to {}, which is outside of the folder", target);
      archive_entry_set_hardlink(entry, (folder_ + "/" + *linked).c_str());
      return std::nullopt;
    }
    switch (archive_entry_filetype(entry)) {
      case AE_IFREG:
      case AE_IFDIR:
        return std::nullopt;
      case AE_IFLNK: {
        const char* target = archive_entry_symlink(entry);
        if (target != nullptr && stays_inside(place, target)) return std::nullopt;
        return fmt::format("a link to {}, which may be outside of the folder", target != nullptr ? target : "nothing");
      }
      default:
        return "neither a file, a directory nor a link";
    }
  }

  std::string no_room() const {
    return fmt::format("less than {} MiB would stay free on the disk", limits_.keep_free >> 20);
  }

  std::string too_large() const { return fmt::format("more than {} bytes unpacked", limits_.bytes); }

  /// Asked anew for each MiB of the disk.
  bool leaves_too_little(std::int64_t size) {
    const std::int64_t before = std::exchange(on_disk_, on_disk_ + size);
    if (limits_.keep_free == 0 || before >> 20 == on_disk_ >> 20) return false;
    std::error_code fault;
    const auto space = std::filesystem::space(folder_, fault);
    return !fault && static_cast<std::int64_t>(space.available) < limits_.keep_free;
  }

  Refusal copy(struct archive* reader, struct archive* writer, const std::string& name) {
    while (true) {
      const void* data = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int code = archive_read_data_block(reader, &data, &size, &offset);
      if (code == ARCHIVE_EOF) return std::nullopt;
      if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return broken(reader);
      bytes_ += static_cast<std::int64_t>(size);
      if (bytes_ > limits_.bytes || offset > limits_.bytes) return refused(name, too_large());
      if (leaves_too_little(static_cast<std::int64_t>(size))) return refused(name, no_room());
      if (archive_write_data_block(writer, data, size, offset) < ARCHIVE_OK)
        return refused(name, archive_error_string(writer));
    }
  }

  const std::string folder_;
  const UnpackLimits& limits_;
  std::int64_t entries_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t on_disk_ = 0;  ///< about
};

}  // namespace

std::optional<std::string> unpack(const std::filesystem::path& package, const std::filesystem::path& folder,
                                  const UnpackLimits& limits) {
  // Links in the path to the folder are the administrator's; those below it are the archive's.
  std::error_code fault;
  const std::filesystem::path real = std::filesystem::canonical(folder, fault);
  if (fault) return fmt::format("{}: {}", folder.string(), fault.message());
  return Unpacking(real, limits).run(package);
}

}  // namespace muster::ipd
