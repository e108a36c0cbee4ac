#include "resources/contract/content.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <vector>

#include "resources/contract/error.h"
#include "resources/contract/value.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_package = std::size_t{256} << 20;

struct FreeArchive {
  void operator()(archive* made) const noexcept { archive_write_free(made); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

Error unfit(std::string words) { return Error(Fault::invalid, std::move(words)); }

Error too_large() { return unfit("is larger than 256 MiB; give a tar of it"); }

Content read_file(const fs::path& path, FileDigests& digests) {
  std::error_code fault;
  const std::uintmax_t size = fs::file_size(path, fault);
  const auto digest = fault ? std::nullopt : digests.of(path.string());
  if (!digest) throw unfit("may not be read by this user");
  return {path.string(), false, static_cast<std::int64_t>(size), *digest};
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw unfit(fmt::format("holds {}, which may not be read by this user", path.string()));
  return text;
}

/// Archive by archive_write_open with nothing but this.
la_ssize_t take(archive* made, void* target, const void* bytes, std::size_t size) {
  try {
    static_cast<std::string*>(target)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  } catch (const std::bad_alloc&) {
    archive_set_error(made, ENOMEM, "no memory");
    return -1;
  }
}

void check(archive* made, int result) {
  if (result < ARCHIVE_WARN) throw unfit(fmt::format("cannot be packed: {}", archive_error_string(made)));
}

void add(archive* made, const fs::path& path, const std::string& name) {
  constexpr auto executable = fs::perms::owner_exec;
  const fs::file_status status = fs::symlink_status(path);
  const Entry entry(archive_entry_new());
  if (!entry) throw std::bad_alloc();
  archive_entry_set_mtime(entry.get(), 0, 0);
  std::string text;
  if (fs::is_directory(status)) {
    archive_entry_set_pathname(entry.get(), (name + "/").c_str());
    archive_entry_set_filetype(entry.get(), AE_IFDIR);
    archive_entry_set_perm(entry.get(), 0755);
  } else if (fs::is_symlink(status)) {
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFLNK);
    archive_entry_set_perm(entry.get(), 0777);
    archive_entry_set_symlink(entry.get(), fs::read_symlink(path).c_str());
  } else if (fs::is_regular_file(status)) {
    if (fs::file_size(path) > longest_package) throw too_large();
    text = text_of(path);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), (status.permissions() & executable) == executable ? 0755 : 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
  } else {
    throw unfit(fmt::format("holds {}, which is neither a file, a directory nor a link", path.string()));
  }
  check(made, archive_write_header(made, entry.get()));
  if (!text.empty() && archive_write_data(made, text.data(), text.size()) < 0) check(made, ARCHIVE_FATAL);
}

std::string why_not(const fs::filesystem_error& error) {
  return fmt::format("cannot be read: {}: {}", error.path1().string(), error.code().message());
}

}  // namespace

std::string pack_directory(const std::string& directory) {
  try {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory))
      names.push_back(entry.path().lexically_relative(directory).generic_string());
    std::sort(names.begin(), names.end());
    std::string bytes;
    const Archive made(archive_write_new());
    if (!made) throw std::bad_alloc();
    check(made.get(), archive_write_set_format_pax_restricted(made.get()));
    check(made.get(), archive_write_set_bytes_in_last_block(made.get(), 1));
    check(made.get(), archive_write_open(made.get(), &bytes, nullptr, take, nullptr));
    for (const std::string& name : names) {
      add(made.get(), fs::path(directory) / name, name);
      if (bytes.size() > longest_package) throw too_large();
    }
    check(made.get(), archive_write_close(made.get()));
    return bytes;
  } catch (const fs::filesystem_error& error) {
    throw unfit(why_not(error));
  }
}

Content read_content(const std::string& path, FileDigests& digests) {
  std::error_code fault;
  const fs::file_status status = fs::status(path, fault);
  if (!fs::exists(status)) throw unfit("does not exist");
  if (fs::is_directory(status)) {
    const std::string packed = pack_directory(path);
    return {path, true, static_cast<std::int64_t>(packed.size()), digest_bytes(packed)};
  }
  if (!fs::is_regular_file(status)) throw unfit("is neither a file nor a directory");
  return read_file(path, digests);
}

}  // namespace muster
