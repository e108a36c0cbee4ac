#include "manifests/file_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace muster::manifests {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string words_for(int error) {
  if (error == ENOENT) return "does not exist";
  if (error == EACCES) return "may not be read by this user";
  return fmt::format("cannot be read: {}", std::strerror(error));
}

std::string human_size(std::uintmax_t bytes) {
  if (bytes >= (1 << 20) && bytes % (1 << 20) == 0) return fmt::format("{} MiB", bytes >> 20);
  return fmt::format("{} bytes", bytes);
}

/// How long the sequence that starts with `lead` is; 0 when none does.
int sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/// Refuses what the lead byte alone does not: overlong forms, surrogates, and code points above U+10FFFF.
bool second_byte_fits(unsigned char lead, unsigned char second) {
  if (lead == 0xe0) return second >= 0xa0;
  if (lead == 0xed) return second <= 0x9f;
  if (lead == 0xf0) return second >= 0x90;
  if (lead == 0xf4) return second <= 0x8f;
  return true;
}

}  // namespace

FileText read_file_text(const std::string& path, std::uintmax_t most_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for its writer; it is refused below.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return {{}, words_for(errno)};
  const File file(::fdopen(descriptor, "rb"));
  if (!file) {
    const int error = errno;
    ::close(descriptor);
    return {{}, words_for(error)};
  }
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return {{}, words_for(errno)};
  if (S_ISDIR(info.st_mode)) return {{}, "is a directory"};
  if (!S_ISREG(info.st_mode)) return {{}, "is no regular file"};

  FileText result;
  std::array<char, 65536> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    result.text.append(buffer.data(), count);
    if (result.text.size() > most_bytes) return {{}, fmt::format("is larger than {}", human_size(most_bytes))};
  }
  if (std::ferror(file.get()) != 0) return {{}, words_for(errno)};
  return result;
}

std::string beside(const std::string& manifest, const std::string& path) {
  return (std::filesystem::path(manifest).parent_path() / path).lexically_normal().string();
}

std::string absolute_beside(const std::string& manifest, const std::string& path) {
  if (path.starts_with("~/")) return path;
  return std::filesystem::absolute(beside(manifest, path)).lexically_normal().string();
}

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const int length = sequence_length(lead);
    if (length == 0 || at + static_cast<std::size_t>(length) > text.size()) return at;
    for (int index = 1; index < length; ++index) {
      const auto next = static_cast<unsigned char>(text[at + static_cast<std::size_t>(index)]);
      if ((next & 0xc0) != 0x80) return at;
      if (index == 1 && !second_byte_fits(lead, next)) return at;
    }
    at += static_cast<std::size_t>(length);
  }
  return std::string_view::npos;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace muster::manifests
