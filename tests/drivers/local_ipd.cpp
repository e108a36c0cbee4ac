#include "tests/drivers/local_ipd.h"

#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "resources/contract/value.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

httplib::Client client_of(int port) {
  httplib::Client client("127.0.0.1", port);
  client.set_default_headers({{"Authorization", LocalIpd::token}});
  return client;
}

}  // namespace

LocalIpd::LocalIpd(fs::path directory) : directory_(std::move(directory)) {
  fs::create_directories(directory_ / "uploads");
  std::ofstream(directory_ / "users.txt") << "ADMIN:tester:" << digest_bytes(token) << "\n";
  start();
}

LocalIpd::~LocalIpd() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void LocalIpd::start() {
  const std::vector<std::string> settings = {
      "WEBPORT=0", "UPLOAD_DIR=" + (directory_ / "uploads").string(), "AUTH_DB=" + (directory_ / "users.txt").string(),
      "LOG_DIR=" + directory_.string(), fmt::format("PATH={}", std::getenv("PATH"))};
  std::vector<char*> environment;
  for (const std::string& setting : settings) environment.push_back(const_cast<char*>(setting.c_str()));
  environment.push_back(nullptr);
  char program[] = MUSTER_IPD;
  char* arguments[] = {program, nullptr};
  if (::posix_spawn(&process_, program, nullptr, nullptr, arguments, environment.data()) != 0)
    throw std::runtime_error(fmt::format("cannot start {}", program));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while ((port_ = port_in_log()) == 0) {
    if (std::chrono::steady_clock::now() > end || ::waitpid(process_, nullptr, WNOHANG) != 0)
      throw std::runtime_error("ipd did not begin: " + text_of(directory_ / "ipd.log"));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

int LocalIpd::port_in_log() const {
  const std::string log = text_of(directory_ / "ipd.log");
  const std::string before = " port ";
  const std::size_t at = log.find(before, std::min(log.find(" listens on "), log.size()));
  return at == std::string::npos || log.find(',', at) == std::string::npos ? 0 : std::atoi(&log[at + before.size()]);
}

std::string LocalIpd::url() const { return fmt::format("http://127.0.0.1:{}/deploy", port_); }

std::string LocalIpd::version_of(const std::string& project) const {
  const auto answer = client_of(port_).Get(("/deploy/info/" + project).c_str());
  if (!answer || answer->status != 200) throw std::runtime_error("ipd does not answer");
  if (answer->body == "no") return {};
  const auto info = nlohmann::json::parse(answer->body);
  return info.contains("deployed") ? info["deployed"]["version"].get<std::string>() : std::string();
}

void LocalIpd::forget_owner(const std::string& project) {
  const auto answer = client_of(port_).Post(("/deploy/owner/" + project).c_str(),
                                            httplib::MultipartFormDataItems{{"owner", "", "", ""}});
  if (!answer || answer->status != 200) throw std::runtime_error("ipd does not take the owner");
}

}  // namespace muster::test
