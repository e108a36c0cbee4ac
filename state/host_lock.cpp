#include "state/host_lock.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "resources/contract/error.h"
#include "resources/contract/value.h"
#include "state/ssh_child.h"

namespace muster::state {
namespace {

/// The host frees a lock whose owner is silent for longer, so that a machine that lost its power holds nothing.
constexpr int silence_s = 60;
constexpr int beat_ms = 10'000;

constexpr std::string_view taken = "muster-lock taken";
constexpr std::string_view held = "muster-lock held";
constexpr std::string_view is_free = "muster-lock free";
constexpr std::string_view failed = "muster-lock failed ";

enum class Wish { take, look };

/// For sh, in one line and without a single quote: whatever shell the account has hands it on as it is. Who only looks
/// holds the lock for a moment, so who wants it waits for a second.
std::string script(std::string_view fleet_uid, Wish wish) {
  const std::string file = "${HOME:-.}/.muster-lock-" + digest_bytes(fleet_uid).substr(0, 32);
  const std::string end = wish == Wish::look
                              ? fmt::format("echo \"{}\"", is_free)
                              : fmt::format(
                                    "printf \"%s\\n\" \"$owner\" >\"$file\"; echo \"{}\"; "
                                    "while timeout {} sh -c \"read -r beat\" 9>&-; do :; done; : >\"$file\"",
                                    taken, silence_s);
  return fmt::format(
      "exec sh -c 'for tool in flock timeout; do command -v $tool >/dev/null 2>&1 || {{ echo \"{0}it has no $tool\"; "
      "exit 1; }}; done; umask 077; file=\"{1}\"; IFS= read -r owner || exit 1; "
      "touch \"$file\" || {{ echo \"{0}$file cannot be written\"; exit 1; }}; exec 9>>\"$file\"; "
      "if flock -n 9 || flock -w 1 9; then {2}; else holder=; IFS= read -r holder <\"$file\"; "
      "printf \"{3} %s\\n\" \"$holder\"; fi'",
      failed, file, end, held);
}

/// Cells of a line: nothing of them may end a cell or the line.
std::string cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char byte) { return byte < ' '; }, ' ');
  return text;
}

std::string line_of(const LockHolder& owner) {
  const std::int64_t since = owner.since ? owner.since->time_since_epoch().count() : 0;
  return fmt::format("{}\t{}\t{}\t{}\n", cell(owner.host), owner.pid.value_or(0), since, cell(owner.command));
}

LockHolder holder_in(std::string_view line, const std::string& lock_host) {
  std::vector<std::string> cells{""};
  for (const char letter : line) {
    if (letter == '\t')
      cells.emplace_back();
    else
      cells.back() += letter;
  }
  cells.resize(4);
  const auto number = [](const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  LockHolder holder;
  holder.host = cells[0].empty() ? "a machine that uses " + lock_host : cells[0];
  if (const auto pid = number(cells[1]); pid > 0) holder.pid = static_cast<int>(pid);
  if (const auto since = number(cells[2]); since > 0) holder.since = Time(std::chrono::milliseconds(since));
  holder.command = cells[3];
  return holder;
}

/// The lines that say something, as one.
std::string in_one_line(const std::string& text) {
  std::string result;
  std::string line;
  for (const char letter : text + "\n") {
    if (letter != '\n') {
      if (letter != '\r') line += letter;
      continue;
    }
    if (!line.empty()) result += (result.empty() ? "" : "; ") + line;
    line.clear();
  }
  return result;
}

[[noreturn]] void refuse(const LockHost& host, const std::string& words) {
  const auto says = [&](std::string_view part) { return words.find(part) != std::string::npos; };
  const std::string trial = fmt::format("{} {} true", fmt::join(host.ssh, " "), host.name);
  const std::string message =
      fmt::format("cannot lock the fleet on {}: {}", host.name, words.empty() ? "ssh ended without a word" : words);
  if (says("Host key verification failed") || says("host key"))
    throw Error(Fault::denied, message, fmt::format("run `{}` once by hand, and compare the key that it shows", trial));
  if (says("Permission denied"))
    throw Error(Fault::denied, message,
                fmt::format("make `{}` work without a question: with a key of your agent, or in ~/.ssh/config", trial));
  throw Error(Fault::transient, message, fmt::format("see what `{}` says", trial));
}

[[noreturn]] void refuse_tools(const LockHost& host, std::string_view what) {
  throw Error(Fault::permanent, fmt::format("cannot lock the fleet on {}: {}", host.name, what),
              "the host needs flock (util-linux), timeout (coreutils) and a home that can be written");
}

struct Answer {
  std::string line;
  bool has(std::string_view beginning) const { return line.starts_with(beginning); }
  std::string_view after(std::string_view beginning) const {
    return std::string_view(line).substr(std::min(line.size(), beginning.size() + 1));
  }
};

/// Shells may say something of their own before.
Answer answer_of(SshChild& ssh, const LockHost& host, const std::stop_token& stop) {
  while (const auto line = ssh.read_line(stop)) {
    Answer answer{*line};
    if (answer.has(failed)) refuse_tools(host, answer.line.substr(failed.size()));
    if (answer.has(taken) || answer.has(held) || answer.has(is_free)) return answer;
  }
  if (stop.stop_requested()) throw Error(Fault::interrupted, "interrupted while locking the fleet");
  refuse(host, in_one_line(ssh.last_words()));
}

}  // namespace

class HostLock::Session {
 public:
  Session(const LockHost& host, std::string_view fleet_uid, Wish wish)
      : ssh(host.ssh, host.name, script(fleet_uid, wish)), wake_(::eventfd(0, EFD_CLOEXEC)) {}
  ~Session() {
    ::eventfd_write(wake_, 1);
    if (keeper_.joinable()) keeper_.join();
    ::close(wake_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void keep(std::function<void(const std::string&)> lost) {
    keeper_ = std::thread([this, lost = std::move(lost)] { beat(lost); });
  }

  SshChild ssh;

 private:
  void beat(const std::function<void(const std::string&)>& lost) {
    while (true) {
      const SshChild::Wait waited = ssh.wait(beat_ms, wake_);
      if (waited == SshChild::Wait::woken) return;
      if (waited == SshChild::Wait::ended) return lost(in_one_line(ssh.last_words()));
      ssh.write("\n");
    }
  }

  const int wake_;
  std::thread keeper_;
};

HostLock::HostLock(std::unique_ptr<Session> session) : session_(std::move(session)) {}
HostLock::HostLock(HostLock&&) noexcept = default;
HostLock& HostLock::operator=(HostLock&&) noexcept = default;
HostLock::~HostLock() = default;

void HostLock::watch(std::function<void(const std::string&)> lost) { session_->keep(std::move(lost)); }

std::variant<HostLock, LockHolder> HostLock::try_acquire(const LockHost& host, std::string_view fleet_uid,
                                                         const LockHolder& owner, const std::stop_token& stop) {
  auto session = std::make_unique<Session>(host, fleet_uid, Wish::take);
  session->ssh.write(line_of(owner));
  const Answer answer = answer_of(session->ssh, host, stop);
  if (answer.has(held)) return holder_in(answer.after(held), host.name);
  return HostLock(std::move(session));
}

std::optional<LockHolder> HostLock::holder(const LockHost& host, std::string_view fleet_uid,
                                           const std::stop_token& stop) {
  Session session(host, fleet_uid, Wish::look);
  session.ssh.write("\n");
  const Answer answer = answer_of(session.ssh, host, stop);
  if (!answer.has(held)) return std::nullopt;
  return holder_in(answer.after(held), host.name);
}

}  // namespace muster::state
