#include "ipd/serve.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>

#include "ipd/api.h"
#include "ipd/deployer.h"
#include "ipd/files.h"
#include "ipd/http_server.h"
#include "ipd/journal.h"
#include "ipd/kept.h"
#include "ipd/log.h"
#include "ipd/sole_use.h"
#include "ipd/users.h"
#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

/// Signals come as bytes, not in the middle of something.
class SignalQueue {
 public:
  SignalQueue() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&wanted, signal);
    ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    descriptor_ = ::signalfd(-1, &wanted, SFD_CLOEXEC);
    if (descriptor_ < 0) throw Error(Fault::permanent, fmt::format("signalfd: {}", std::strerror(errno)));
  }
  ~SignalQueue() { ::close(descriptor_); }
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  /// The next signal; 0 when none came within `milliseconds` (-1: for ever).
  int next(int milliseconds) const {
    pollfd ready{descriptor_, POLLIN, 0};
    if (::poll(&ready, 1, milliseconds) <= 0) return 0;
    signalfd_siginfo info{};
    return ::read(descriptor_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  int descriptor_ = -1;
};

std::string text_of(const std::filesystem::path& file, const char* setting) {
  if (file.empty()) return {};
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty())
    throw Error(Fault::usage, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)),
                fmt::format("change {}", setting));
  return text;
}

std::vector<UserEntry> read_users(const Settings& settings, Log& log) {
  UserFile file = read_user_file(settings.auth_db);
  for (const std::string& complaint : file.complaints) log.say(Level::warning, complaint);
  if (file.entries.empty()) log.say(Level::warning, fmt::format("{} has no users", settings.auth_db.string()));
  return std::move(file.entries);
}

void reload(const Settings& settings, Users& users, Log& log) {
  try {
    log.reopen();
    users.replace(read_users(settings, log));
    log.say(Level::info, "the users are read anew");
    if (!settings.tls_certificate.empty())
      log.say(Level::info, "the TLS certificate is the one that was there at the start: restart ipd for a new one");
  } catch (const Error& error) {
    log.say(Level::error, error.message() + "; the users stay as they were");
  }
}

/// Half of what systemd waits for; -1: it does not.
int watchdog_pause() {
  std::uint64_t microseconds = 0;
  return ::sd_watchdog_enabled(0, &microseconds) > 0 ? static_cast<int>(microseconds / 2000) : -1;
}

}  // namespace

int serve(const Settings& settings, const std::string& path) {
  const SignalQueue signals;
  Log log(settings.log_dir);
  check_directory(settings.upload_dir);
  // Files of their own: SQLite's users lock the directory of a database for a moment (state/sqlite.cpp).
  const SoleUse files_are_ours(settings.upload_dir / ".ipd.lock");
  const SoleUse database_is_ours(settings.database.string() + ".lock");
  Users users(read_users(settings, log));
  const HttpOptions http{settings.address, settings.port, text_of(settings.tls_certificate, "TLS_CERTIFICATE"),
                         text_of(settings.tls_key, "TLS_KEY")};
  const Files files(settings.upload_dir);
  const Kept kept(settings.upload_dir);
  // A run that filled the disk left its folder, and a database takes some room to be opened.
  constexpr std::int64_t room_to_begin = std::int64_t{4} << 20;
  if (files.free_bytes() < room_to_begin)
    for (const std::string& complaint : files.make_room()) log.say(Level::warning, complaint);
  if (const std::int64_t missing = room_to_begin - files.free_bytes(); missing > 0) kept.give_up(missing);
  Journal journal(settings.database);
  Deployer deployer(settings, journal, files, kept, log, path);
  Api api(settings, users, journal, deployer, files, kept, log);
  HttpServer server(http, [&api](const Request& request) { return api.handle(request); });
  log.say(Level::info, fmt::format("ipd {} listens on {} port {}, below {}", MUSTER_VERSION, settings.address,
                                   server.port(), settings.api_root.empty() ? "/" : settings.api_root));
  ::sd_notify(0, "READY=1");

  const int pause = watchdog_pause();
  while (true) {
    const int signal = signals.next(pause);
    if (signal == 0) ::sd_notify(0, "WATCHDOG=1");
    if (signal == SIGHUP) reload(settings, users, log);
    if (signal == SIGTERM || signal == SIGINT) break;
  }
  ::sd_notify(0, "STOPPING=1");
  log.say(Level::info, fmt::format("ends; waits up to {} s for what runs", settings.shutdown_timeout.count()));
  api.refuse_uploads();
  server.stop_listening();
  deployer.drain(settings.shutdown_timeout);
  return 0;
}

}  // namespace muster::ipd
