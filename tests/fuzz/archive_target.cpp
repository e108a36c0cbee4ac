// A package of an upload: nothing of it leaves the folder that it is unpacked into.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ipd/archive.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_bytes = 1 << 20;
constexpr std::int64_t most_members = 200;
constexpr std::string_view neighbour_text = "not to be touched";

/// A folder to unpack into, with a neighbour, in a directory of its own.
struct Place {
  Place() {
    std::string made = (fs::temp_directory_path() / ("muster-archive-" + std::string(6, 'X'))).string();
    require(::mkdtemp(made.data()) != nullptr, "a directory can be made");
    directory = made;
    fs::create_directory(folder());
    std::ofstream(neighbour()) << neighbour_text;
  }
  ~Place() {
    std::error_code ignored;  // a directory of the system's temporary ones
    fs::remove_all(directory, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  fs::path folder() const { return directory / "folder"; }
  fs::path neighbour() const { return directory / "neighbour"; }
  fs::path package() const { return directory / "package"; }

  fs::path directory;
};

void look_beside(const Place& place) {
  std::ifstream in(place.neighbour());
  require(std::string(std::istreambuf_iterator<char>(in), {}) == neighbour_text, "a neighbour stays as it was");
  for (const auto& entry : fs::directory_iterator(place.directory)) {
    const std::string name = entry.path().filename().string();
    require(name == "folder" || name == "neighbour" || name == "package", "nothing is made beside the folder");
  }
}

void look_inside(const Place& place) {
  std::int64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place.folder())) {
    const fs::file_type type = entry.symlink_status().type();
    require(type == fs::file_type::regular || type == fs::file_type::directory || type == fs::file_type::symlink,
            "files, directories and links are all there is");
    if (type == fs::file_type::regular) bytes += static_cast<std::int64_t>(entry.file_size());
    if (type != fs::file_type::symlink) continue;
    std::error_code fault;  // a link to itself leads nowhere
    const fs::path there = fs::weakly_canonical(entry.path(), fault);
    const bool is_inside = fault || there.string().starts_with(place.folder().string());
    require(is_inside, "a link stays in the folder");
  }
  // A hard link is counted as often as it is there.
  require(bytes <= most_bytes * most_members, "no more is written than allowed");
}

}  // namespace

void fuzz_archive(std::string_view input) {
  const Place place;
  std::ofstream(place.package(), std::ios::binary).write(input.data(), static_cast<std::streamsize>(input.size()));
  ipd::UnpackLimits limits;
  limits.bytes = most_bytes;
  limits.entries = most_members;
  const auto refusal = ipd::unpack(place.package(), place.folder(), limits);
  require(!refusal || !refusal->empty(), "a refusal says why");
  look_beside(place);
  look_inside(place);
}

}  // namespace muster::fuzz
