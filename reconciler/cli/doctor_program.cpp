#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <chrono>

#include "manifests/subprocess.h"
#include "reconciler/cli/doctor.h"

namespace muster::cli {
namespace {

constexpr std::chrono::seconds longest_git{5};

Finding examine_git() {
  const manifests::SubprocessResult git = manifests::run_subprocess({"git", "--version"}, longest_git);
  if (git.succeeded()) return {FindingState::ok, "git", git.output.substr(0, git.output.find('\n'))};
  return {FindingState::warning, "git", "git " + git.describe(),
          "install it: objects are stamped with the commit of the manifests"};
}

}  // namespace

Section examine_program() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  Section section{"program", {}};
  section.findings = {
      {FindingState::ok, "muster", MUSTER_VERSION},
      {FindingState::ok, "libcurl",
       fmt::format("{} with {}", curl->version, curl->ssl_version == nullptr ? "no TLS" : curl->ssl_version)},
      {FindingState::ok, "OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
      {FindingState::ok, "SQLite", state::sqlite_version()},
      {FindingState::ok, "yaml-cpp", MUSTER_YAML_CPP_VERSION},
      examine_git()};
  if (curl->ssl_version == nullptr) section.findings[1].state = FindingState::problem;
  return section;
}

}  // namespace muster::cli
