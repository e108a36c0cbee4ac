#include "resources/contract/content.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "resources/contract/error.h"
#include "resources/contract/value.h"
#include "tests/support/catch.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

Content read_whole(const std::string& path) {
  FileDigests digests;
  return read_content(path, digests);
}

class Directory {
 public:
  Directory() {
    std::string pattern = (fs::temp_directory_path() / ("muster-content-" + std::string(6, 'X'))).string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string path(const std::string& name = {}) const { return (name.empty() ? path_ : path_ / name).string(); }
  void write(const std::string& name, const std::string& text, mode_t mode) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    ::chmod(path(name).c_str(), mode);
  }

 private:
  fs::path path_;
};

void fill(const Directory& directory, mode_t script, mode_t other) {
  directory.write("control.sh", "#!/bin/sh\nexit 1\n", script);
  directory.write("etc/site.conf", "port 80\n", other);
  fs::create_symlink("etc/site.conf", directory.path("site.conf"));
}

std::string why_not(const std::string& path) {
  try {
    read_whole(path);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::invalid);
    return error.message();
  }
  return "it was read";
}

TEST_CASE("a directory is packed into the same bytes whoever made its files, when, and in which order") {
  const Directory one;
  fill(one, 0750, 0600);
  const Directory other;
  other.write("etc/site.conf", "port 80\n", 0664);
  fs::create_symlink("etc/site.conf", other.path("site.conf"));
  other.write("control.sh", "#!/bin/sh\nexit 1\n", 0777);
  CHECK(pack_directory(one.path()) == pack_directory(other.path()));
  // As it came out first: any other digest would make every directory differ from what was deployed of it.
  CHECK(read_whole(one.path()).sha256 == "6f618e77209592f6faf3adead231dc417659c6b68709e57dfab73a9348d126dc");
  ::chmod(other.path("control.sh").c_str(), 0644);
  CHECK(pack_directory(one.path()) != pack_directory(other.path()));
}

TEST_CASE("a file's content is its bytes, a directory's what it is packed into") {
  const Directory directory;
  directory.write("image.tar", "abc", 0644);
  const Content file = read_whole(directory.path("image.tar"));
  CHECK_FALSE(file.is_directory);
  CHECK(file.size == 3);
  CHECK(file.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const Content packed = read_whole(directory.path());
  CHECK(packed.is_directory);
  CHECK(packed.sha256 == digest_bytes(pack_directory(directory.path())));
}

TEST_CASE("what cannot be sent is told as the end of a sentence") {
  const Directory directory;
  CHECK(why_not(directory.path("none")) == "does not exist");
  CHECK(why_not("/dev/null") == "is neither a file nor a directory");
  REQUIRE(::mkfifo(directory.path("pipe").c_str(), 0600) == 0);
  CHECK(why_not(directory.path()) ==
        "holds " + directory.path("pipe") + ", which is neither a file, a directory nor a link");
}

}  // namespace
}  // namespace muster
