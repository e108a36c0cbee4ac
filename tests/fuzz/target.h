#pragma once

// What is fuzzed: each target feeds any bytes to one reader (or writer) and says what must hold whatever they are.
//
// A target returns; every exception that leaves it is a defect. It takes what a reader may throw, muster::Error,
// itself.

#include <string>
#include <string_view>
#include <vector>

namespace muster::fuzz {

struct Target {
  std::string name;  ///< of its corpus too: tests/fuzz/corpus/NAME
  void (*run)(std::string_view input);
  std::vector<std::string> words;  ///< that mutations put in
};

/// All there are, by name; targets.cpp has a line for each.
const std::vector<Target>& targets();
/// nullptr when there is none.
const Target* find_target(std::string_view name);

/// Throws std::logic_error with `property` when it does not hold.
void require(bool holds, std::string_view property);

void fuzz_archive(std::string_view input);
void fuzz_error_body(std::string_view input);
void fuzz_keystone(std::string_view input);
void fuzz_manifests(std::string_view input);
void fuzz_nova(std::string_view input);
void fuzz_ovh(std::string_view input);
void fuzz_plan_file(std::string_view input);
void fuzz_user_data(std::string_view input);
void fuzz_zone_text(std::string_view input);

}  // namespace muster::fuzz
