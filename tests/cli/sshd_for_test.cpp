#include "tests/cli/sshd_for_test.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "manifests/subprocess.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* sshd_program = "/usr/sbin/sshd";

void run(const std::vector<std::string>& words) {
  const auto result = manifests::run_subprocess(words, std::chrono::seconds(20));
  INFO(words.front() << " " << result.describe());
  REQUIRE(result.succeeded());
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A socket that is bound to a port of its own, beside which another may listen that says SO_REUSEADDR, as sshd does.
int bound_place() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(0);
  const int yes = 1;
  REQUIRE(::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return descriptor;
}

int port_of(int place) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(place, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::vector<pid_t> children_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", process));
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

/// Without PAM sshd refuses an account whose password is locked, keys or not; only root can know.
bool is_locked(const std::string& user) {
  std::ifstream shadow("/etc/shadow");
  for (std::string line; std::getline(shadow, line);) {
    if (line.starts_with(user + ":!")) return true;
  }
  return false;
}

}  // namespace

void Sshd::write_keys() const {
  for (const char* name : {"host_key", "user_key", "other_key"}) {
    run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "sample", "-f", (directory_.path() / name).string()});
  }
  fs::copy_file(directory_.path() / "user_key.pub", directory_.path() / "authorized_keys");
}

void Sshd::write_configuration(const std::string& path, int port) const {
  const std::string here = directory_.path().string();
  const std::string user = ::getpwuid(::geteuid())->pw_name;
  std::ofstream(here + "/sshd_config") << fmt::format(
      "Port {}\nListenAddress 127.0.0.1\nHostKey {}/host_key\nPidFile none\nAuthorizedKeysFile {}/authorized_keys\n"
      "PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM {}\n"
      "StrictModes no\nUseDNS no\nPrintMotd no\nMaxStartups 100\n{}",
      port, here, here, ::geteuid() == 0 && is_locked(user) ? "yes" : "no",
      path.empty() ? "" : fmt::format("SetEnv PATH={}\n", path));
  std::string key;
  std::getline(std::ifstream(here + "/host_key.pub"), key);
  std::ofstream(here + "/known_hosts") << fmt::format("[127.0.0.1]:{} {}\n", port, key);
  const auto client = [&](const char* name, const char* identity, const char* known) {
    std::ofstream(here + "/" + name) << fmt::format(
        "Host lock-host\n  HostName 127.0.0.1\n  Port {}\n  User {}\n  IdentityFile {}/{}\n  IdentitiesOnly yes\n"
        "  IdentityAgent none\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n",
        port, user, here, identity, known);
  };
  client("ssh_config", "user_key", (here + "/known_hosts").c_str());
  client("without_login", "other_key", (here + "/known_hosts").c_str());
  client("without_host_key", "user_key", "/dev/null");
}

bool Sshd::accepts(int port) const {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return connected;
}

Sshd::Sshd(const std::string& path) {
  INFO("install openssh-server; what tests start of it is theirs alone");
  REQUIRE(fs::exists(sshd_program));
  if (::geteuid() == 0) fs::create_directories("/run/sshd");
  place_ = bound_place();
  const int port = port_of(place_);
  write_keys();
  write_configuration(path, port);
  const std::string configuration = (directory_.path() / "sshd_config").string();
  const std::string log = (directory_.path() / "log").string();
  server_ = ::fork();
  if (server_ == 0) {
    ::execl(sshd_program, sshd_program, "-D", "-f", configuration.c_str(), "-E", log.c_str(), nullptr);
    ::_exit(127);
  }
  while (!accepts(port)) {
    INFO(state::file_bytes(log));
    REQUIRE(::waitpid(server_, nullptr, WNOHANG) == 0);
    std::this_thread::yield();
  }
}

Sshd::~Sshd() {
  drop_connections();
  ::kill(server_, SIGTERM);
  ::waitpid(server_, nullptr, 0);
  ::close(place_);
}

std::vector<std::string> Sshd::ssh(const std::string& variant) const {
  return {"ssh", "-F", (directory_.path() / variant).string()};
}

std::string Sshd::ssh_text(const std::string& variant) const { return fmt::format("{}", fmt::join(ssh(variant), " ")); }

void Sshd::drop_connections() const {
  for (const pid_t connection : children_of(server_)) {
    for (const pid_t inner : children_of(connection)) ::kill(inner, SIGKILL);
    ::kill(connection, SIGKILL);
  }
}

}  // namespace muster::test
