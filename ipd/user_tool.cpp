#include "ipd/user_tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "ipd/deployment.h"
#include "ipd/users.h"
#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

namespace fs = std::filesystem;

constexpr const char* usage =
    "usage: ipd user add ADMIN|USER NAME [--token TOKEN] [--projects A,B] [-f FILE]\n"
    "       ipd user list [-f FILE]\n"
    "       ipd user del NAME [-f FILE]\n"
    "       ipd user passwd NAME [--token TOKEN] [-f FILE]\n";

constexpr const char* counts_when = "note: a daemon that runs reads it at SIGHUP: systemctl reload ipd\n";

struct Order {
  std::vector<std::string> words;
  fs::path file;
  std::string token;
  std::string projects;
};

std::optional<Order> order_of(const std::vector<std::string>& words, const fs::path& default_file) {
  Order order{{}, default_file, {}, {}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool takes_value = word == "-f" || word == "--token" || word == "--projects";
    if (!takes_value && word.starts_with('-')) return std::nullopt;
    if (!takes_value) {
      order.words.push_back(word);
      continue;
    }
    if (++i == words.size() || words[i].empty()) return std::nullopt;
    if (word == "-f") order.file = words[i];
    if (word == "--token") order.token = words[i];
    if (word == "--projects") order.projects = words[i];
  }
  return order;
}

[[noreturn]] void cannot_write(const fs::path& file) {
  throw Error(Fault::usage, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
              "run as root or as its owner, or name another file with -f");
}

/// An open file, closed at the end.
class OpenFile {
 public:
  OpenFile(const fs::path& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (value_ < 0) cannot_write(path);
  }
  ~OpenFile() { ::close(value_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/// The lines of the file, comments and all. Two tools that run at once wait for each other, by a lock on a file beside
/// it: the file itself is another one after each change.
class File {
 public:
  explicit File(fs::path path) : path_(std::move(path)), lock_(path_.string() + ".lock", O_RDWR | O_CREAT) {
    struct stat info {};
    // Made by root, it is for the file's owner as well.
    const bool is_there = ::stat(path_.c_str(), &info) == 0;
    if (is_there && ::geteuid() == 0 && ::fchown(lock_.get(), info.st_uid, info.st_gid) != 0) cannot_write(path_);
    if (::flock(lock_.get(), LOCK_EX) != 0) cannot_write(path_);
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) lines_.push_back(line);
  }

  /// The line of `name`; end() when there is none.
  std::vector<std::string>::iterator find(const std::string& name) {
    return std::find_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      const std::size_t first = line.find(':');
      return first != std::string::npos && line.compare(first + 1, name.size() + 1, name + ":") == 0 &&
             !line.starts_with('#');
    });
  }
  std::vector<std::string>& lines() { return lines_; }

  /// The daemon reads it when it is told to (SIGHUP), and sees the old file or the new one. Mode and owner stay; a new
  /// one is for its owner alone.
  void write() const {
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    const fs::path beside = path_.string() + ".new";
    ::unlink(beside.c_str());  // of a tool that was killed: this one holds the lock
    {
      const OpenFile out(beside, O_WRONLY | O_CREAT | O_EXCL);
      struct stat info {};
      const bool is_there = ::stat(path_.c_str(), &info) == 0;
      if (is_there &&
          (::fchown(out.get(), info.st_uid, info.st_gid) != 0 || ::fchmod(out.get(), info.st_mode & 0777) != 0))
        cannot_write(beside);
      if (::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) != 0)
        cannot_write(beside);
    }
    if (::rename(beside.c_str(), path_.c_str()) != 0) cannot_write(path_);
  }

 private:
  fs::path path_;
  OpenFile lock_;
  std::vector<std::string> lines_;
};

bool is_user_name(const std::string& name) {
  return !name.empty() && name.find_first_of(":\n\r") == std::string::npos && !name.starts_with('#');
}

/// "web, shop"; nothing when one of them is no name of a project.
std::optional<std::vector<std::string>> projects_of(const std::string& text) {
  std::vector<std::string> projects;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::size_t first = text.find_first_not_of(' ', at);
    if (first < comma) {
      const std::size_t last = text.find_last_not_of(' ', comma - 1);
      projects.push_back(text.substr(first, last + 1 - first));
      if (!is_project_name(projects.back())) return std::nullopt;
    }
    at = comma + 1;
  }
  return projects;
}

int add(const Order& order, std::ostream& out, std::ostream& err) {
  const auto role = parse_role(order.words[1]);
  const std::string& name = order.words[2];
  if (!role || !is_user_name(name)) {
    err << (role ? fmt::format("error: '{}' is no name\n", name)
                 : fmt::format("error: '{}' is no role: ADMIN or USER\n", order.words[1]));
    return 2;
  }
  const auto projects = projects_of(order.projects);
  if (*role == Role::admin && !order.projects.empty()) {
    err << "error: an ADMIN may touch all projects\nhint:  leave --projects out, or add a USER\n";
    return 2;
  }
  if (!projects || (projects->empty() && !order.projects.empty())) {
    err << fmt::format(
        "error: '{}' are no names of projects\nhint:  letters, digits, '.', '_' and '-', with commas between them\n",
        order.projects);
    return 2;
  }
  File file(order.file);
  if (file.find(name) != file.lines().end()) {
    err << fmt::format("error: {} has a user {} already\nhint:  ipd user passwd {} gives another token\n",
                       order.file.string(), name, name);
    return 1;
  }
  const std::string token = order.token.empty() ? new_token(name) : order.token;
  file.lines().push_back(to_line({*role, name, hash_token(token), *projects}));
  file.write();
  if (order.token.empty()) out << token << "\n";
  err << counts_when;
  return 0;
}

int list(const Order& order, std::ostream& out, std::ostream& err) {
  const UserFile file = read_user_file(order.file);
  for (const std::string& complaint : file.complaints) err << "warning: " << complaint << "\n";
  for (const UserEntry& entry : file.entries) out << to_string(entry.role) << ":" << entry.name << "\n";
  return 0;
}

int change(const Order& order, std::ostream& out, std::ostream& err) {
  const std::string& name = order.words[1];
  if (!fs::exists(order.file)) {
    err << fmt::format("error: {} is not there\n", order.file.string());
    return 1;
  }
  File file(order.file);
  const auto line = file.find(name);
  if (line == file.lines().end()) {
    err << fmt::format("error: {} has no user {}\n", order.file.string(), name);
    return 1;
  }
  if (order.words[0] == "del") {
    file.lines().erase(line);
    file.write();
    err << counts_when;
    return 0;
  }
  const UserFile parsed = read_user_file(order.file);
  const auto entry = std::find_if(parsed.entries.begin(), parsed.entries.end(),
                                  [&](const UserEntry& one) { return one.name == name; });
  if (entry == parsed.entries.end()) {
    err << fmt::format("error: the line of {} in {} says nothing\nhint:  ipd user del {}, then add\n", name,
                       order.file.string(), name);
    return 1;
  }
  UserEntry changed = *entry;
  const std::string token = order.token.empty() ? new_token(name) : order.token;
  changed.hash = hash_token(token);
  *line = to_line(changed);
  file.write();
  if (order.token.empty()) out << token << "\n";
  err << counts_when;
  return 0;
}

}  // namespace

int run_user_tool(const std::vector<std::string>& words, const fs::path& default_file, std::ostream& out,
                  std::ostream& err) {
  const auto order = order_of(words, default_file);
  const std::size_t length = order ? order->words.size() : 0;
  const std::string verb = length > 0 ? order->words[0] : std::string();
  if (verb == "add" && length == 3) return add(*order, out, err);
  if (verb == "list" && length == 1) return list(*order, out, err);
  if ((verb == "del" || verb == "passwd") && length == 2) return change(*order, out, err);
  err << usage;
  return 2;
}

}  // namespace muster::ipd
