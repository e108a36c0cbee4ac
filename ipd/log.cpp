#include "ipd/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

std::string_view word(Level level) {
  switch (level) {
    case Level::info:
      return "INFO";
    case Level::warning:
      return "WARNING";
    case Level::error:
      return "ERROR";
  }
  return "INFO";
}

std::string visible(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result;
}

}  // namespace

void Log::Close::operator()(std::FILE* file) const noexcept { std::fclose(file); }

Log::Log(const std::filesystem::path& directory) : file_(directory.empty() ? directory : directory / "ipd.log") {
  open();
}

void Log::open() {
  if (file_.empty()) return;
  std::unique_ptr<std::FILE, Close> opened(std::fopen(file_.c_str(), "ae"));
  if (!opened) {
    throw Error(Fault::usage, fmt::format("cannot write {}: {}", file_.string(), std::strerror(errno)),
                "change LOG_DIR, or remove it: the log then goes to stderr");
  }
  out_ = std::move(opened);
}

void Log::say(Level level, std::string_view text) {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {} {}\n", now, word(level), visible(text));
  const std::lock_guard lock(mutex_);
  std::FILE* out = out_ ? out_.get() : stderr;
  std::fwrite(line.data(), 1, line.size(), out);
  std::fflush(out);
}

void Log::reopen() {
  const std::lock_guard lock(mutex_);
  open();
}

}  // namespace muster::ipd
