// Each target with its corpus, with repetitions, and with some seconds of mutations.
//
// MUSTER_FUZZ=NAME tries that target alone, MUSTER_FUZZ_SEED=N the mutation of that seed alone, MUSTER_FUZZ_FILE=PATH
// that input alone (with MUSTER_FUZZ).

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/trial.h"
#include "tests/fuzz/user_data.h"
#include "tests/support/catch.h"

namespace muster::fuzz {
namespace {

namespace fs = std::filesystem;
using Next = std::function<std::optional<std::string>()>;

constexpr std::chrono::milliseconds for_mutations{600};

std::vector<std::string> corpus_of(const std::string& target) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path("tests/fuzz/corpus") / target))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const fs::path& path : paths) corpus.push_back(state::file_bytes(path));
  return corpus;
}

Next each_of(std::vector<std::string> inputs) {
  return [inputs = std::move(inputs), at = std::size_t{0}]() mutable {
    return at < inputs.size() ? std::optional(inputs[at++]) : std::nullopt;
  };
}

Next mutations_of(const Target& target, std::vector<std::string> corpus) {
  const char* seed = std::getenv("MUSTER_FUZZ_SEED");
  if (seed != nullptr) return each_of({mutated(corpus, target.words, std::strtoull(seed, nullptr, 10))});
  const auto end = std::chrono::steady_clock::now() + for_mutations;
  return [&target, corpus = std::move(corpus), end, next = std::uint64_t{0}]() mutable -> std::optional<std::string> {
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    return mutated(corpus, target.words, next++);
  };
}

/// An input that fails is kept, to be tried again and to become a part of the corpus.
void check(const Target& target, const Next& next, std::string_view what) {
  const Trial trial = try_inputs(target.run, next);
  if (trial.failure.empty()) return;
  const fs::path kept = fs::temp_directory_path() / ("muster-fuzz-" + target.name);
  std::ofstream(kept, std::ios::binary) << trial.input;
  FAIL_CHECK(target.name << ": " << trial.failure << "; " << what << ", input " << trial.inputs - 1
                         << "; again with MUSTER_FUZZ=" << target.name << " MUSTER_FUZZ_FILE=" << kept.string());
}

bool is_chosen(const Target& target) {
  const char* chosen = std::getenv("MUSTER_FUZZ");
  return chosen == nullptr || target.name == chosen;
}

void try_target(const Target& target) {
  if (const char* file = std::getenv("MUSTER_FUZZ_FILE"))
    return check(target, each_of({state::file_bytes(file)}), file);
  const std::vector<std::string> corpus = corpus_of(target.name);
  REQUIRE_FALSE(corpus.empty());
  check(target, each_of(corpus), "the corpus in the order of its names");
  check(target, each_of(repetitions(corpus, target.words)), "repetitions");
  check(target, mutations_of(target, corpus), "the mutation of the seed that is the input's number");
}

void find_nothing_wrong(std::string_view) {}
void crash(std::string_view) { std::abort(); }
void throw_another(std::string_view) { throw std::out_of_range("behind the end"); }
void fill_memory(std::string_view) {
  std::vector<std::string> all;
  while (true) all.emplace_back(1 << 20, 'a');
}
void never_end(std::string_view input) {
  for (volatile std::size_t at = 0; at <= input.size();) at = 0;
}

}  // namespace

TEST_CASE("whatever a reader is given, it reads it or says why not, in bounded time and memory") {
  if constexpr (!state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  for (const Target& target : targets()) {
    if (is_chosen(target)) try_target(target);
  }
}

TEST_CASE("a trial tells crashes, endless loops, boundless memory and exceptions of others") {
  const Bounds tight{std::chrono::seconds(1), 512u << 20};
  const auto failure_of = [&](void (*target)(std::string_view)) {
    return try_inputs(target, each_of({"one", "two"}), tight).failure;
  };
  CHECK(failure_of(find_nothing_wrong).empty());
  CHECK(failure_of(crash) == "ended by signal 6 (Aborted)");
  CHECK(failure_of(throw_another) == "behind the end");
#ifndef MUSTER_SANITIZED
  CHECK(failure_of(fill_memory) == "std::bad_alloc");
  CHECK(failure_of(never_end) == "takes too long");
#endif
  const Trial trial = try_inputs([](std::string_view input) { require(input != "two", "not two"); },
                                 each_of({"one", "two", "three"}), tight);
  CHECK(trial.inputs == 2);
  CHECK(trial.input == "two");
}

TEST_CASE("the same seed gives the same input") {
  const std::vector<std::string> corpus{"abc", "defghi"};
  CHECK(mutated(corpus, {"word"}, 7) == mutated(corpus, {"word"}, 7));
  CHECK(mutated(corpus, {"word"}, 7) != mutated(corpus, {"word"}, 8));
}

// cloud-init reads with PyYAML, which knows more line ends and fewer letters than the library that we write with.
TEST_CASE("cloud-init's own YAML reader finds in the user data exactly what was put in") {
  const state::TemporaryDirectory directory;
  const std::vector<std::string> corpus = corpus_of("user_data");
  const Target& target = *find_target("user_data");
  std::size_t written = 0;
  const auto write = [&](std::string_view input) {
    try {
      for (const WrittenUserData& one : written_user_data(input)) {
        state::write_bytes(directory.path() / fmt::format("{}.yaml", written), one.text);
        state::write_bytes(directory.path() / fmt::format("{}.json", written++), to_canonical_json(one.body));
      }
    } catch (const Error&) {
      // What cannot be written is the other test's business.
    }
  };
  for (const std::string& input : corpus) write(input);
  for (std::uint64_t seed = 0; seed < 300; ++seed) write(mutated(corpus, target.words, seed));
  REQUIRE(written > 50);
  const std::string command = "python3 tests/fuzz/read_user_data.py " + directory.path().string();
  CHECK(std::system(command.c_str()) == 0);
}

}  // namespace muster::fuzz
