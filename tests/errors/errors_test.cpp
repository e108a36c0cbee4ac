// Every mistake of tests/errors/cases against the exact screens it leads to. MUSTER_ACCEPT=1 writes them anew;
// MUSTER_CASE=word runs those whose name contains it.

#include <atomic>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/errors/case.h"
#include "tests/support/catch.h"

namespace fs = std::filesystem;
using namespace muster::test;

namespace {

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Each case has a sandbox of its own and mostly waits, so several run at the same time.
std::vector<std::string> run_all(const std::vector<fs::path>& cases) {
  std::vector<std::string> screens(cases.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t one = next++; one < cases.size(); one = next++) {
      try {
        screens[one] = screens_of(cases[one]);
      } catch (const std::exception& error) {
        screens[one] = std::string("the case cannot be run: ") + error.what();
      }
    }
  };
#ifdef __SANITIZE_THREAD__
  constexpr int at_once = 1;  // std::regex races with itself in libstdc++'s cache of a locale
#else
  constexpr int at_once = 4;
#endif
  std::vector<std::jthread> workers;
  for (int i = 0; i < at_once; ++i) workers.emplace_back(work);
  workers.clear();
  return screens;
}

}  // namespace

TEST_CASE("each mistake and each trouble of the world is told with its place, its words and the way out") {
  const bool accept = std::getenv("MUSTER_ACCEPT") != nullptr;
  const char* const only = std::getenv("MUSTER_CASE");
  std::vector<fs::path> cases = all_cases();
  REQUIRE(cases.size() >= 90);
  std::erase_if(cases, [only](const fs::path& one) {
    return only != nullptr && one.filename().string().find(only) == std::string::npos;
  });
  const std::vector<std::string> screens = run_all(cases);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    // Not a case for this user.
    if (screens[i].empty()) continue;
    const fs::path expected = fs::path(cases[i]).replace_extension(".txt");
    if (accept) std::ofstream(expected, std::ios::binary) << screens[i];
    INFO(cases[i].string());
    CHECK(screens[i] == content(expected));
  }
}
