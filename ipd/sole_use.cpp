#include "ipd/sole_use.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

/// A script that is just being started holds for a moment what a killed daemon had open, and nobody tells when it has
/// let go.
bool lock_soon(int descriptor) {
  constexpr int most_tries = 100;
  constexpr std::chrono::milliseconds pause{20};
  for (int tries = 0; tries < most_tries; ++tries) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(pause);
  }
  return false;
}

}  // namespace

SoleUse::SoleUse(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (descriptor_ >= 0 && lock_soon(descriptor_)) return;
  const int error = errno;
  if (descriptor_ >= 0) ::close(descriptor_);
  if (error == EWOULDBLOCK)
    throw Error(Fault::usage, fmt::format("another ipd works there: it holds {}", file.string()),
                "end it first, or give this one an UPLOAD_DIR and DATABASE of its own");
  throw Error(Fault::usage, fmt::format("cannot lock {}: {}", file.string(), std::strerror(error)),
              "change UPLOAD_DIR or DATABASE");
}

SoleUse::~SoleUse() { ::close(descriptor_); }

}  // namespace muster::ipd
