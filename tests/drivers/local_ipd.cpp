#include "tests/drivers/local_ipd.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "ipd/api.h"
#include "ipd/deployer.h"
#include "ipd/files.h"
#include "ipd/http_server.h"
#include "ipd/journal.h"
#include "ipd/kept.h"
#include "ipd/log.h"
#include "ipd/users.h"

namespace muster::test {
namespace {

namespace fs = std::filesystem;

ipd::Settings settings_below(const fs::path& directory) {
  fs::create_directories(directory / "uploads");
  ipd::Settings settings;
  settings.port = 0;
  settings.upload_dir = directory / "uploads";
  settings.database = directory / "ipd.db";
  settings.log_dir = directory;
  return settings;
}

}  // namespace

class LocalIpd::Daemon {
 public:
  explicit Daemon(const fs::path& directory)
      : settings(settings_below(directory)),
        log(settings.log_dir),
        users({{ipd::Role::admin, "tester", ipd::hash_token(token), {}}}),
        journal(settings.database),
        files(settings.upload_dir),
        kept(settings.upload_dir),
        deployer(settings, journal, files, kept, log, std::getenv("PATH")),
        api(settings, users, journal, deployer, files, kept, log),
        server({settings.address, 0, {}, {}}, [this](const ipd::Request& request) { return api.handle(request); }) {}

  const ipd::Settings settings;
  ipd::Log log;
  ipd::Users users;
  ipd::Journal journal;
  ipd::Files files;
  ipd::Kept kept;
  ipd::Deployer deployer;
  ipd::Api api;
  ipd::HttpServer server;
};

LocalIpd::LocalIpd(const fs::path& directory) : daemon_(std::make_unique<Daemon>(directory)) {}
LocalIpd::~LocalIpd() = default;

std::string LocalIpd::url() const { return fmt::format("http://127.0.0.1:{}/deploy", daemon_->server.port()); }

std::string LocalIpd::version_of(const std::string& project) const {
  const auto deployed = daemon_->journal.deployed(project);
  return deployed ? deployed->version : std::string();
}

std::size_t LocalIpd::deployments_of(const std::string& project) const {
  constexpr int all = 1000;
  return daemon_->journal.history(project, all).size();
}

void LocalIpd::forget_owner(const std::string& project) { daemon_->journal.set_owner(project, ""); }

}  // namespace muster::test
