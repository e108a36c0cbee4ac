// libFuzzer's entry: MUSTER_FUZZ names the target.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/target.h"

namespace {

const muster::fuzz::Target& chosen_target() {
  const char* name = std::getenv("MUSTER_FUZZ");
  const auto* target = name == nullptr ? nullptr : muster::fuzz::find_target(name);
  if (target != nullptr) return *target;
  std::fputs("MUSTER_FUZZ has to name one of:", stderr);
  for (const auto& one : muster::fuzz::targets()) std::fprintf(stderr, " %s", one.name.c_str());
  std::fputs("\n", stderr);
  std::exit(3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const muster::fuzz::Target& target = chosen_target();
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
