#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>

#include "reconciler/cli/doctor.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

constexpr std::chrono::milliseconds longest_connect{3000};

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

class Socket {
 public:
  explicit Socket(const addrinfo& address)
      : descriptor_(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// 0, or the errno of the failure.
  int connect(const addrinfo& address) {
    if (descriptor_ < 0) return errno;
    if (::connect(descriptor_, address.ai_addr, address.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    pollfd waiting{descriptor_, POLLOUT, 0};
    if (::poll(&waiting, 1, static_cast<int>(longest_connect.count())) != 1) return ETIMEDOUT;
    int fault = 0;
    socklen_t size = sizeof fault;
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &fault, &size);
    return fault;
  }

 private:
  int descriptor_;
};

/// Empty when something accepts there, else why not.
std::string why_no_connection(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int found = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
  if (found != 0) return ::gai_strerror(found);
  int fault = ECONNREFUSED;
  for (const addrinfo* address = list; address != nullptr; address = address->ai_next) {
    fault = Socket(*address).connect(*address);
    if (fault == 0) return {};
  }
  return std::strerror(fault);
}

Finding examine_proxy(const std::string& proxy) {
  const std::size_t scheme = proxy.find("://");
  std::string place = scheme == std::string::npos ? proxy : proxy.substr(scheme + 3);
  place = place.substr(place.rfind('@') == std::string::npos ? 0 : place.rfind('@') + 1);
  const std::size_t colon = place.rfind(':');
  std::string host = place.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const std::string port = colon == std::string::npos ? "1080" : place.substr(colon + 1);
  const std::string why = why_no_connection(host, port);
  if (why.empty()) return {FindingState::ok, "guest proxy", fmt::format("{}:{} accepts connections", host, port)};
  return {FindingState::problem, "guest proxy", fmt::format("{}:{}: {}", host, port, why),
          "no check of a guest can pass: start what MUSTER_GUEST_PROXY names (ssh -D PORT HOST), or unset it"};
}

Finding examine_authorities(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.find("-----BEGIN CERTIFICATE-----") != std::string::npos)
    return {FindingState::ok, "guest CA", path + " has certificates"};
  return {FindingState::problem, "guest CA", path + (file ? " holds no PEM certificate" : " cannot be read"),
          "https checks fail: let MUSTER_GUEST_CA name a PEM file with authorities, or unset it"};
}

bool lives_on(const Resource& resource, const std::string& connection) {
  const auto& candidates = resource.connection.candidates;
  return std::find(candidates.begin(), candidates.end(), connection) != candidates.end();
}

}  // namespace

Section examine_connection(const Registry& registry, const manifests::Load& load, const Manifest& manifest,
                           SecretReader& secrets, Context& context) {
  Section section{manifest.key(), {}};
  const ConnectionKind& kind = *registry.connection(manifest.kind);
  if (kind.is_on_machine(manifest)) {
    section.findings.push_back(
        {FindingState::ok, "machine", "it runs on a machine of this fleet, and is reached when that is there", ""});
    return section;
  }
  std::vector<const Resource*> wanted;
  for (const Resource& resource : load.resources) {
    if (lives_on(resource, manifest.key())) wanted.push_back(&resource);
  }
  try {
    const std::unique_ptr<Session> session = kind.open(manifest, secrets, context);
    section.findings = kind.examine(*session, wanted, context);
  } catch (const Error& error) {
    if (error.fault() == Fault::interrupted) throw;
    section.findings.push_back({FindingState::problem, "login", error.message(), error.hint()});
  }
  if (section.findings.empty())
    section.findings.push_back({FindingState::warning, "all", "this kind of connection cannot be examined", ""});
  return section;
}

Section examine_guests(const Environment& environment) {
  Section section{"guests", {}};
  if (const auto proxy = environment.get("MUSTER_GUEST_PROXY")) section.findings.push_back(examine_proxy(*proxy));
  if (const auto file = environment.get("MUSTER_GUEST_CA")) section.findings.push_back(examine_authorities(*file));
  return section;
}

}  // namespace muster::cli
