#include "ipd/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include "ipd/deployment.h"
#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

namespace fs = std::filesystem;

/// A package may hold directories that its owner may not write: their owner is this process all the same.
void make_removable(const fs::path& folder) {
  std::error_code ignored;  // remove_all tells what stays
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add | fs::perm_options::nofollow, ignored);
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, ignored), end;
       at != end; at.increment(ignored)) {
    if (ignored) return;
    if (at->symlink_status(ignored).type() == fs::file_type::directory)
      fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  }
}

void remove_path(const fs::path& path, std::vector<std::string>& complaints) {
  std::error_code fault;
  fs::remove_all(path, fault);
  if (!fault) return;
  make_removable(path);
  fs::remove_all(path, fault);
  if (fault) complaints.push_back(fmt::format("cannot remove {}: {}", path.string(), fault.message()));
}

/// The id at the end of a name of ours; empty for any other name.
std::string id_in(const std::string& name) {
  constexpr std::size_t length = 36;
  if (name.size() <= length) return {};
  std::string id = name.substr(name.size() - length);
  if (!is_uuid(id)) return {};
  const std::string_view rest = std::string_view(name).substr(0, name.size() - length);
  for (const std::string_view prefix : {"arriving.image.", "arriving.tar.", "image.", "package.tar.", "output."})
    if (rest == prefix) return id;
  const bool is_folder = rest.ends_with('-') && is_project_name(rest.substr(0, rest.size() - 1));
  return is_folder ? id : std::string();
}

}  // namespace

std::vector<std::string> Files::remove(const std::string& project, const std::string& id) const {
  std::vector<std::string> complaints;
  for (const fs::path& path :
       {arriving_image(id), arriving_package(id), image(id), package(id), folder(project, id), output(id)})
    remove_path(path, complaints);
  return complaints;
}

std::vector<std::string> Files::remove_folder(const std::string& project, const std::string& id) const {
  std::vector<std::string> complaints;
  remove_path(folder(project, id), complaints);
  return complaints;
}

std::vector<std::string> Files::make_room() const {
  std::vector<fs::path> useless;
  std::error_code fault;
  for (fs::directory_iterator at(directory_, fault), end; !fault && at != end; at.increment(fault)) {
    const std::string name = at->path().filename().string();
    const bool is_useless = name.starts_with("arriving.") || at->is_directory(fault);
    if (is_useless && !id_in(name).empty()) useless.push_back(at->path());
  }
  std::vector<std::string> complaints;
  for (const fs::path& path : useless) remove_path(path, complaints);
  return complaints;
}

std::int64_t Files::free_bytes() const {
  std::error_code fault;
  const fs::space_info space = fs::space(directory_, fault);
  return fault ? 0 : static_cast<std::int64_t>(space.available);
}

std::vector<std::string> Files::remove_left_over(const std::vector<std::string>& open) const {
  const std::set<std::string> needed(open.begin(), open.end());
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(directory_)) {
    const std::string name = entry.path().filename().string();
    const std::string id = id_in(name);
    const bool is_needed = needed.contains(id) && !name.starts_with("arriving.");
    if (!id.empty() && !is_needed) left.push_back(entry.path());
  }
  std::vector<std::string> complaints;
  for (const fs::path& path : left) remove_path(path, complaints);
  return complaints;
}

void check_directory(const fs::path& directory) {
  std::error_code fault;
  if (!fs::is_directory(directory, fault)) {
    throw Error(Fault::usage, fmt::format("the upload directory {} is not there", directory.string()),
                fmt::format("make it: install -d -m 0700 -o ipd -g ipd {}; or change UPLOAD_DIR", directory.string()));
  }
  if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    throw Error(Fault::usage,
                fmt::format("the upload directory {} cannot be written: {}", directory.string(), std::strerror(errno)),
                "give it to the user that ipd runs as, or change UPLOAD_DIR");
  }
}

}  // namespace muster::ipd
