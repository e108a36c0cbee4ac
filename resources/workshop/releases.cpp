#include "resources/workshop/releases.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace muster::workshop {
namespace {

std::string filled(std::string_view url, std::string_view version) {
  constexpr std::string_view hole = "{version}";
  std::string text(url);
  for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at + version.size())) {
    text.replace(at, hole.size(), version);
  }
  return text;
}

/// The three numbers of "v1.7.14".
std::array<int, 3> numbers_of(std::string_view version) {
  std::array<int, 3> numbers{};
  const char* at = version.data();
  const char* const end = at + version.size();
  if (at != end && *at == 'v') ++at;
  for (int& number : numbers) {
    at = std::from_chars(at, end, number).ptr;
    if (at == end || *at != '.') break;
    ++at;
  }
  return numbers;
}

/// Element was called Riot up to 1.7.14, and so are the archives of those versions.
std::string_view url_template(const Program& program, std::string_view version, std::string_view wanted) {
  const bool is_riot = &program == &element_program() && numbers_of(version) < std::array<int, 3>{1, 7, 15};
  if (is_riot && wanted == program.default_url) {
    return "https://github.com/element-hq/element-web/releases/download/{version}/riot-{version}.tar.gz";
  }
  return wanted;
}

}  // namespace

const Program& element_program() {
  static constexpr Program element{
      "element", "v1.11.100",
      "https://github.com/element-hq/element-web/releases/download/{version}/element-{version}.tar.gz",
      "bc4d77152d544fa40fccd7c7e5b6ace4e8ae266f4a2cc1b334b25733c6d1f8cd"};
  return element;
}

const Program& caddy_program() {
  static constexpr Program caddy{
      "caddy", "2.10.2",
      "https://github.com/caddyserver/caddy/releases/download/v{version}/caddy_{version}_linux_amd64.tar.gz",
      "747df7ee74de188485157a383633a1a963fd9233b71fbb4a69ddcbcc589ce4e2"
      "cc82dacf5dbbe136cb51d17e14c59daeb5d9bc92487610b0f3b93680b2646546"};
  return caddy;
}

Download download_of(const Program& program, const Manifest& manifest, std::vector<Diagnostic>& diagnostics) {
  const std::string path = fmt::format("spec.{}", program.field);
  const Value& wanted = manifest.spec.at(program.field);
  const std::string version = wanted.string_at("version");
  const std::string url = wanted.string_at("url");
  Download download{filled(url_template(program, version, url), version), wanted.string_at("sha256")};
  if (download.checksum.empty()) download.checksum = wanted.string_at("sha512");
  const bool is_default = version == program.default_version && url == program.default_url;
  if (download.checksum.empty() && is_default) download.checksum = program.default_checksum;
  if (download.checksum.empty()) {
    diagnostics.push_back(
        {Severity::error, manifest.where(path), fmt::format("{} has no checksum for {}", path, download.url),
         fmt::format("download the file once, and write the output of sha256sum as {}.sha256", path)});
  }
  if (wanted.at("sha256").is_string() && wanted.at("sha512").is_string()) {
    diagnostics.push_back({Severity::error, manifest.where(path + ".sha512"), fmt::format("{} has two checksums", path),
                           "leave one of sha256 and sha512"});
  }
  return download;
}

}  // namespace muster::workshop
