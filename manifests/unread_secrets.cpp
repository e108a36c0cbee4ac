#include "manifests/unread_secrets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace muster::manifests {
namespace {

constexpr std::size_t places_named = 2;

/// "a.yaml:3:5, b.yaml:3:5 and 4 more places".
std::string places_text(const std::vector<Origin>& places) {
  std::vector<std::string> named;
  for (std::size_t i = 0; i < std::min(places.size(), places_named); ++i) named.push_back(places[i].to_string());
  const std::size_t others = places.size() - named.size();
  std::string text = fmt::format("{}", fmt::join(named, ", "));
  if (others > 0) text += fmt::format(" and {} more place{}", others, others == 1 ? "" : "s");
  return text;
}

}  // namespace

void tell_once(std::vector<Diagnostic>& diagnostics, const std::vector<UnreadSecret>& unread) {
  std::map<std::pair<Origin, std::string>, SecretOrigin> origins;
  for (const UnreadSecret& secret : unread)
    origins.emplace(std::pair(secret.problem.where, secret.problem.message), secret.origin);
  std::map<SecretOrigin, std::size_t> first;
  std::map<SecretOrigin, std::vector<Origin>> others;
  std::vector<Diagnostic> told;
  for (Diagnostic& diagnostic : diagnostics) {
    const auto origin = origins.find({diagnostic.where, diagnostic.message});
    if (origin != origins.end() && !first.try_emplace(origin->second, told.size()).second) {
      others[origin->second].push_back(diagnostic.where);
      continue;
    }
    told.push_back(std::move(diagnostic));
  }
  for (const auto& [origin, places] : others)
    told[first.at(origin)].message += fmt::format(" (it is needed at {} too)", places_text(places));
  diagnostics = std::move(told);
}

std::vector<Diagnostic> warnings_of(std::vector<UnreadSecret> unread) {
  std::vector<Diagnostic> warnings;
  for (UnreadSecret& secret : unread) {
    secret.problem = secret.not_compared;
    warnings.push_back(secret.problem);
  }
  sort_diagnostics(warnings);
  tell_once(warnings, unread);
  return warnings;
}

}  // namespace muster::manifests
