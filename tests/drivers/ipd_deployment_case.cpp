// A project on an IPD server, beside another one.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "resources/contract/content.h"
#include "tests/drivers/cases.h"
#include "tests/drivers/wanted.h"
#include "tests/support/catch.h"

namespace muster::test {
namespace {

const ResourceId web{"ipd.deployment", "shop/web"};

/// Written once, and the same each time. Forks of this process leave them to it.
class Files {
 public:
  Files() {
    std::string pattern = (std::filesystem::temp_directory_path() / ("muster-ipd-" + std::string(6, 'X'))).string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    std::filesystem::create_directory(directory_ / "package");
    std::ofstream(directory_ / "package/control.sh") << "#!/bin/sh\nexit 0\n";
    std::filesystem::permissions(directory_ / "package/control.sh", std::filesystem::perms::owner_all);
    std::ofstream(directory_ / "image.tar") << "an image";
  }
  ~Files() {
    std::error_code ignored;  // what stays in a temporary directory harms nobody
    if (::getpid() == owner_) std::filesystem::remove_all(directory_, ignored);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  const std::filesystem::path& directory() const { return directory_; }

 private:
  const pid_t owner_ = ::getpid();
  std::filesystem::path directory_;
};

Value content(const std::string& name) {
  static const Files files;
  FileDigests digests;
  const Content read = read_content((files.directory() / name).string(), digests);
  return Map{{"path", read.path}, {"directory", read.is_directory}, {"size", read.size}, {"sha256", read.sha256}};
}

Resource deployment(const std::string& project) {
  Resource resource;
  resource.id = {"ipd.deployment", "shop/" + project};
  resource.connection.candidates = {"IpdServer/shop"};
  const Value image = content("image.tar");
  const Value package = content("package");
  resource.wanted = Map{{"project", project},    {"version", "1"},
                        {"image", image},        {"image_sha256", image.at("sha256")},
                        {"package", package},    {"package_sha256", package.at("sha256")},
                        {"exit_codes", "usual"}, {"status", "ok"}};
  resource.lifecycle.on_failed = OnFailed::report;
  // Runs whose time leaps wait for a script that does not.
  resource.deadline = std::chrono::hours(24 * 365);
  return resource;
}

void look_at_project(Site& site, const std::vector<Resource>& wanted) {
  CHECK(site.ipd().version_of("web") == of(wanted, web).wanted.string_at("version"));
}

}  // namespace

Case ipd_deployment_case() {
  Case kind;
  kind.subject = web;
  kind.wanted = {deployment("web"), deployment("shop")};
  kind.ledger_kind = None{"the ledger is the sandbox's, which plays no IPD server"};
  kind.creating_call = None{"the sandbox, which loses answers, plays no IPD server; crash_points_test kills instead"};
  kind.change = [](auto& wanted) { of(wanted, web).wanted.as_map()["version"] = "2"; };
  kind.replacement = None{"another project is another resource, and all else changes in place"};
  kind.take_place = [](Site& site) { REQUIRE(site.other_fleet_applies({deployment("web")}).converged()); };
  kind.make_adoptable = [](Site& site) {
    const bool is_known = !site.ipd().version_of("web").empty();
    if (!is_known) REQUIRE(site.other_fleet_applies({deployment("web")}).converged());
    site.ipd().forget_owner("web");
  };
  kind.vanish = None{"an IPD server removes no project"};
  kind.look_from_outside = look_at_project;
  return kind;
}

}  // namespace muster::test
