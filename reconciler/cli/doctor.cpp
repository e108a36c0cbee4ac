#include "reconciler/cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "manifests/unread_secrets.h"
#include "reconciler/cli/text.h"
#include "reconciler/plan/season.h"

namespace muster::cli {

namespace {

/// Nobody misses them before the day on which nothing can be made without them.
std::vector<Finding> examine_coming_secrets(const manifests::Load& load, Time now) {
  std::map<std::string, Time> begins;
  for (const Resource& resource : load.resources) {
    if (plan::season_of(resource, now) == plan::Season::early) begins.emplace(resource.group, *resource.lifecycle.from);
  }
  std::vector<Finding> findings;
  for (const manifests::UnreadSecret& secret : load.unread) {
    const auto found = begins.find(secret.manifest);
    if (found == begins.end()) continue;
    findings.push_back(
        {FindingState::warning, "secrets",
         fmt::format("{} needs it from {} on: {}", secret.manifest, minute_text(found->second), secret.problem.message),
         secret.problem.hint});
  }
  return findings;
}

}  // namespace

Section examine_manifests(const manifests::Load& load, Time now) {
  Section section{"manifests", {}};
  std::size_t errors = 0;
  for (const Diagnostic& one : load.diagnostics) errors += one.severity == Severity::error ? 1 : 0;
  const std::size_t warnings = load.diagnostics.size() - errors;
  const std::string read = fmt::format("{} in {}", counted(load.documents, "manifest"), counted(load.files, "file"));
  if (errors > 0) {
    section.findings.push_back({FindingState::problem, "content",
                                fmt::format("{} in {}", counted(errors, "error"), read),
                                "they are listed above; nothing is planned before they are gone"});
  } else {
    section.findings.push_back({warnings > 0 ? FindingState::warning : FindingState::ok, "content",
                                fmt::format("{}, {} wanted{}", read, counted(load.resources.size(), "resource"),
                                            warnings > 0 ? "; " + counted(warnings, "warning") : ""),
                                warnings > 0 ? "they are listed above" : ""});
  }
  for (Finding& finding : examine_coming_secrets(load, now)) section.findings.push_back(std::move(finding));
  if (load.revision.time == 0) {
    section.findings.push_back({FindingState::warning, "revision",
                                "the manifests are in no Git work tree, or have no commit",
                                "commit them: then an older checkout cannot undo what a newer one made"});
  } else {
    section.findings.push_back(
        {FindingState::ok, "revision",
         fmt::format("{} of {}", load.revision.id, minute_text(Time(std::chrono::seconds(load.revision.time))))});
  }
  return section;
}

FindingState worst_of(const std::vector<Section>& sections) {
  FindingState worst = FindingState::ok;
  for (const Section& section : sections) {
    for (const Finding& finding : section.findings) worst = std::max(worst, finding.state);
  }
  return worst;
}

}  // namespace muster::cli
