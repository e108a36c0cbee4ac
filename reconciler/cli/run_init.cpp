#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "manifests/schema_json.h"
#include "manifests/starter.h"
#include "reconciler/cli/handlers.h"
#include "reconciler/cli/json.h"
#include "reconciler/cli/new_files.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

/// The directory's name as a DNS label; "fleet" when nothing of it is left.
std::string fleet_name(const fs::path& directory) {
  std::string name;
  for (const char c : fs::absolute(directory / "").lexically_normal().parent_path().filename().string()) {
    const auto byte = static_cast<unsigned char>(c);
    const char next = byte < 128 && std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '-';
    if (next != '-' || (!name.empty() && name.back() != '-')) name += next;
  }
  name = name.substr(0, 63);
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "fleet" : name;
}

}  // namespace

int run_init(Invocation& call) {
  if (call.options.paths.size() > 1) throw Error(Fault::usage, "init takes one directory");
  const fs::path directory = call.options.paths.empty() ? "." : call.options.paths.front();
  const auto files = manifests::starter_files(fleet_name(directory), manifests::random_uid(call.shell.random),
                                              manifests::schema_json(call.registry));
  for (const std::string& path : write_new_files(
           directory, files, "muster init DIRECTORY starts in another directory, which is made as needed")) {
    Json json = record("written");
    json["path"] = path;
    call.console.out(call.options.json ? line(json) : path + "\n");
  }
  const std::string where = directory == "." ? "" : " " + directory.string();
  call.console.err(
      fmt::format("\nRead them through, then: muster validate{0}, muster plan{0}\n"
                  "Without a cloud at hand: muster sandbox exec -- muster plan{0}\n",
                  where));
  return Exit::converged;
}

}  // namespace muster::cli
