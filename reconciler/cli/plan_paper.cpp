#include "reconciler/cli/plan_paper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "resources/contract/error.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t largest_file = 256 << 20;
constexpr std::size_t runs_searched = 1000;

bool leads_to_directory(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_directory(path, unreadable);
}

bool is_manifest_path(const fs::path& path) {
  return leads_to_directory(path) || path.extension() == ".yaml" || path.extension() == ".yml";
}

[[noreturn]] void refuse(const std::string& path, const std::string& why, const std::string& hint) {
  throw Error(Fault::usage, fmt::format("plan file {}: {}", path, why), hint);
}

class FileHandle {
 public:
  explicit FileHandle(int descriptor) : descriptor_(descriptor) {}
  ~FileHandle() { ::close(descriptor_); }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0;
}

/// What the file itself holds; saying it again could only contradict it.
void refuse_options_beside(const Options& options, const std::string& path) {
  const char* name = !options.only.empty()     ? "--only"
                     : !options.except.empty() ? "--except"
                     : options.allow >= 0      ? "--allow"
                     : options.rollback        ? "--rollback"
                                               : nullptr;
  if (name == nullptr) return;
  refuse(path, fmt::format("{} cannot stand beside it: the file holds what it was planned with", name),
         fmt::format("plan again: muster plan {} ... -o {}", name, path));
}

}  // namespace

std::optional<std::string> take_plan_file(Options& options) {
  std::optional<std::string> found;
  std::vector<std::string> manifests;
  for (const std::string& path : options.paths) {
    if (is_manifest_path(path)) {
      manifests.push_back(path);
      continue;
    }
    if (found) refuse(*found, fmt::format("{} is a second one", path), "carry out one after the other");
    found = path;
  }
  if (!found) return std::nullopt;
  refuse_options_beside(options, *found);
  options.paths = std::move(manifests);
  return found;
}

plan::PlanFile load_plan_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    refuse(path, fmt::format("it cannot be read: {}", std::strerror(errno)),
           "apply takes directories and *.yaml files with manifests, and a file that muster plan -o wrote");
  }
  std::string text;
  char buffer[65536];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > largest_file) refuse(path, "it is too large for a plan file", "was another file meant?");
  }
  try {
    return plan::read_plan_file(text);
  } catch (const Error& error) {
    throw Error(error.fault(), fmt::format("plan file {}: {}; nothing was done", path, error.message()), error.hint());
  }
}

namespace {

/// An older plan is replaced; anything else of that name is somebody's work.
void refuse_another_file(const std::string& path) {
  if (!fs::exists(path)) return;
  try {
    load_plan_file(path);
  } catch (const Error&) {
    refuse(path, "there is a file of that name that is no plan file", "choose another name, or remove it first");
  }
}

}  // namespace

void check_plan_file_name(const std::string& path) {
  if (path.empty()) throw Error(Fault::usage, "-o needs a file name", "muster plan -o my.plan");
  if (path == "-") refuse(path, "a plan goes to a file", "-o my.plan; muster plan --json prints records to stdout");
  if (leads_to_directory(path))
    refuse(path, "it is a directory", fmt::format("-o {}", (fs::path(path) / "my.plan").string()));
  if (is_manifest_path(path))
    refuse(path, "its name is that of a manifest, and it would be read as one", "call it my.plan, say");
  const fs::path directory = fs::absolute(path).parent_path();
  if (!leads_to_directory(directory))
    refuse(path, fmt::format("there is no directory {}", directory.string()), "make it first");
  refuse_another_file(path);
}

void save_plan_file(const std::string& path, const std::string& text) {
  check_plan_file_name(path);
  std::string temporary = (fs::absolute(path).parent_path() / (".muster-plan-" + std::string(6, 'X'))).string();
  const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0)
    refuse(path, fmt::format("it cannot be written: {}", std::strerror(errno)), "choose another place");
  const FileHandle file(descriptor);
  if (::fchmod(descriptor, 0600) == 0 && write_all(descriptor, text) && ::rename(temporary.c_str(), path.c_str()) == 0)
    return;
  const int reason = errno;
  ::unlink(temporary.c_str());
  refuse(path, fmt::format("it cannot be written: {}", std::strerror(reason)), "choose another place");
}

std::string plan_command(const std::string& plan_id) { return "apply plan " + plan_id; }

std::optional<state::Run> run_of_plan(state::History& history, const std::string& plan_id) {
  for (state::Run& run : history.runs(runs_searched)) {
    if (run.command == plan_command(plan_id)) return std::move(run);
  }
  return std::nullopt;
}

}  // namespace muster::cli
