#include "resources/contract/file_digests.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "resources/contract/value.h"
#include "tests/support/catch.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

/// Larger than what is always read.
class Image {
 public:
  explicit Image(const std::string& name)
      : path_(fs::temp_directory_path() / ("muster-image-" + name + "-" + std::to_string(::getpid()))) {
    write('a');
  }
  ~Image() { fs::remove(path_); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  std::string path() const { return path_.string(); }
  std::string digest() const { return digest_bytes(bytes_); }
  void write(char letter, std::size_t size = std::size_t{4} << 20) {
    bytes_.assign(size, letter);
    std::ofstream(path_, std::ios::binary) << bytes_;
  }
  /// As the file system tells it, with another's digest: what gives that back has not read the file.
  FileDigest remembered() const {
    struct stat found {};
    ::stat(path_.c_str(), &found);
    const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000L + time.tv_nsec; };
    return {path(),
            found.st_dev,
            found.st_ino,
            found.st_size,
            nanoseconds(found.st_mtim),
            nanoseconds(found.st_ctim),
            "of the memory"};
  }

 private:
  fs::path path_;
  std::string bytes_;
};

TEST_CASE("a large file whose state is known is not read again") {
  const Image image("known");
  FileDigests digests([&] { return std::vector{image.remembered()}; });
  CHECK(digests.of(image.path()) == "of the memory");
  CHECK(digests.learnt().empty());
}

TEST_CASE("a file that was written since is read, even when its size and its time were put back") {
  Image image("changed");
  const FileDigest before = image.remembered();
  struct stat found {};
  ::stat(image.path().c_str(), &found);
  // Another tick of the file system's clock.
  do {
    image.write('b');
    const timespec times[] = {found.st_atim, found.st_mtim};
    ::utimensat(AT_FDCWD, image.path().c_str(), times, 0);
  } while (image.remembered().changed == before.changed);
  CHECK(image.remembered().modified == before.modified);
  FileDigests digests([&] { return std::vector{before}; });
  CHECK(digests.of(image.path()) == image.digest());
}

TEST_CASE("what was written a moment ago may be written again unseen, and is not remembered") {
  const Image image("fresh");
  FileDigests digests;
  CHECK(digests.of(image.path()) == image.digest());
  CHECK(digests.learnt().empty());
}

TEST_CASE("a small file is read each time") {
  Image image("small");
  image.write('c', 1000);
  FileDigests digests([&] { return std::vector{image.remembered()}; });
  CHECK(digests.of(image.path()) == image.digest());
}

TEST_CASE("a file that cannot be read has no digest") {
  FileDigests digests;
  CHECK(digests.of("/nonexistent/image.tar") == std::nullopt);
}

}  // namespace
}  // namespace muster
