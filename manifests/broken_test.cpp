// Every broken manifest of testdata/broken against the exact words it leads to. MUSTER_ACCEPT=1 writes them anew.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "manifests/party_for_test.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

namespace fs = std::filesystem;

constexpr const char* folder = "manifests/testdata/broken";

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() || entry.path().extension() == ".yaml") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) text.erase(at, part.size());
  return text;
}

/// A single file is loaded beside a sound Fleet, unless it is about Fleets.
std::vector<std::string> paths_of(const fs::path& one) {
  std::vector<std::string> paths{one.string()};
  if (!one.filename().string().starts_with("fleet")) paths.push_back("manifests/testdata/fleet.yaml");
  return paths;
}

TEST_CASE("each broken manifest is reported in full, at its place, with a way out") {
  const bool accept = std::getenv("MUSTER_ACCEPT") != nullptr;
  REQUIRE(cases().size() >= 90);
  for (const fs::path& one : cases()) {
    Registry registry;
    register_party(registry);
    TestEnvironment environment;
    Redactor redactor;
    Secrets secrets(environment, redactor);
    const Load loaded = load(paths_of(one), registry, secrets);
    const std::string problems = without(print(loaded.diagnostics), fs::current_path().string() + "/");
    const fs::path expected = fs::path(one).replace_extension(".expected");
    if (accept) std::ofstream(expected, std::ios::binary) << problems;
    INFO(one.string());
    CHECK_FALSE(loaded.ok());
    CHECK(problems == content(expected));
  }
}

}  // namespace
}  // namespace muster::manifests
