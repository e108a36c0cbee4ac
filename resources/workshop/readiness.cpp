#include "resources/workshop/readiness.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace muster::workshop {

std::vector<Check> readiness_checks(const Manifest& manifest, std::vector<Diagnostic>& diagnostics) {
  const auto error = [&](std::string_view path, std::string message, std::string hint) {
    diagnostics.push_back({Severity::error, manifest.where(path), std::move(message), std::move(hint)});
  };
  const Value& readiness = manifest.spec.at("readiness");
  const bool listed = readiness.is_list();
  const Value& items = listed ? readiness : readiness.at("checks");
  std::vector<Check> checks;
  if (!items.is_list()) return checks;
  std::set<std::string> seen;
  for (std::size_t at = 0; at < items.as_list().size(); ++at) {
    const std::string path = fmt::format("spec.readiness{}[{}]", listed ? "" : ".checks", at);
    const std::string text = items.as_list()[at].is_string() ? items.as_list()[at].as_string() : std::string();
    const std::string type = text.substr(0, text.find(':'));
    Check check{type, type, 0, manifest.where(path)};
    if (text == "ssh") {
      check.port = 22;
    } else if (text == "http") {
      check.port = 80;
    } else if (text == "https") {
      check.port = 443;
    } else if (type == "tcp" && text.size() > 4) {
      const auto [end, fault] = std::from_chars(text.data() + 4, text.data() + text.size(), check.port);
      if (fault != std::errc() || end != text.data() + text.size()) check.port = 0;
      check.suffix = fmt::format("tcp-{}", check.port);
    }
    if (check.port < 1 || check.port > 65'535) {
      error(path, fmt::format("\"{}\" is no readiness check", text),
            "write ssh, http, https, or tcp: and a port from 1 to 65535 (tcp:8448)");
    } else if (seen.insert(check.suffix).second) {
      checks.push_back(std::move(check));
    } else {
      error(path, fmt::format("the readiness check {} stands there twice", text), "leave one of the two");
    }
  }
  return checks;
}

}  // namespace muster::workshop
