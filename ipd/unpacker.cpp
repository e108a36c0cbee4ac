#include "ipd/unpacker.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ostream>

#include "ipd/script.h"

namespace muster::ipd {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool takes_any_memory = true;  // a sanitizer's shadow counts as data too
#elif defined(__has_feature)
constexpr bool takes_any_memory = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool takes_any_memory = false;
#endif

/// Enough for each compression's largest usual window, 128 MiB of zstd --ultra -22.
constexpr rlim_t most_memory = rlim_t{256} << 20;

/// A file without a name, for what the other process says.
class Said {
 public:
  Said() : descriptor_(::memfd_create("said", MFD_CLOEXEC)) {}
  ~Said() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Said(const Said&) = delete;
  Said& operator=(const Said&) = delete;

  bool is_there() const { return descriptor_ >= 0; }
  std::filesystem::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }
  std::string words() const {
    std::array<char, 4096> text;
    const ssize_t count = ::pread(descriptor_, text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(count < 0 ? 0 : count)};
  }

 private:
  int descriptor_;
};

void limit(int resource, rlim_t most) {
  const rlimit value{most, most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &value);
}

Unpacked refused(std::string words) { return {Unpacked::End::refused, std::move(words)}; }

}  // namespace

Unpacked unpack_apart(const UnpackCall& call, const std::stop_token& stop) {
  const Said said;
  if (!said.is_there()) return refused(fmt::format("cannot unpack it: {}", std::strerror(errno)));
  ScriptCall process;
  process.program = "/proc/self/exe";
  process.arguments = {"unpack", call.package.string(), std::to_string(call.limits.bytes),
                       std::to_string(call.limits.entries), std::to_string(call.limits.keep_free)};
  process.folder = call.folder;
  process.env = {{"DEPLOY", call.deployment}};
  process.output = said.path();
  process.time_limit = call.time_limit;
  const ScriptEnd end = run_script(process, stop);
  switch (end.how) {
    case ScriptEnd::How::late:
      return {Unpacked::End::late, fmt::format("unpacking took longer than {} s", call.time_limit.count())};
    case ScriptEnd::How::stopped:
      return {Unpacked::End::stopped, "stopped while unpacking"};
    case ScriptEnd::How::not_started:
      return refused(fmt::format("cannot unpack it: {}", end.words));
    case ScriptEnd::How::killed:
      return refused(fmt::format("unpacking was ended by signal {}", end.code));
    case ScriptEnd::How::exited:
      break;
  }
  if (end.code == 0) return {};
  const std::string words = said.words();
  return refused(words.empty() ? "cannot unpack it" : words);
}

int run_unpacker(const std::vector<std::string>& words, std::ostream& out) {
  constexpr std::size_t expected = 4;
  if (words.size() != expected) {
    out << "this is for the daemon itself";
    return 1;
  }
  const UnpackLimits limits{std::stoll(words[1]), std::stoll(words[2]), std::stoll(words[3])};
  ::signal(SIGXFSZ, SIG_IGN);  // a file that gets too large is refused as such
  limit(RLIMIT_FSIZE, static_cast<rlim_t>(limits.bytes));
  limit(RLIMIT_CORE, 0);
  if (!takes_any_memory) limit(RLIMIT_DATA, most_memory);
  const auto refusal = unpack(words[0], ".", limits);
  if (refusal) out << *refusal;
  return refusal ? 1 : 0;
}

}  // namespace muster::ipd
