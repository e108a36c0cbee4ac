#include "reconciler/plan/pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "resources/contract/diagnostic.h"
#include "resources/contract/error.h"

namespace muster::plan {
namespace {

constexpr std::string_view label_prefix = "label:";
constexpr const char* forms =
    "a pattern is a resource id (openstack.server:my-event/*), a manifest (my-event), a host (abcde) or a label "
    "(label:team=blue)";

std::string_view name_of(std::string_view manifest) { return manifest.substr(manifest.rfind('/') + 1); }

enum class Form { label, id, path, bare };

Form form_of(std::string_view text) {
  if (text.starts_with(label_prefix)) return Form::label;
  if (text.find(':') != std::string_view::npos) return Form::id;
  return text.find('/') != std::string_view::npos ? Form::path : Form::bare;
}

bool has_label(const Subject& subject, std::string_view pattern) {
  if (subject.labels == nullptr) return false;
  return std::any_of(subject.labels->begin(), subject.labels->end(),
                     [&](const auto& label) { return glob_matches(pattern, label.first + "=" + label.second); });
}

bool is_of_manifest(const Subject& subject, std::string_view pattern) {
  if (!subject.manifest.empty()) return glob_matches(pattern, name_of(subject.manifest));
  const std::string_view space = parts_of(subject.id).space;
  return !space.empty() && glob_matches(pattern, space);
}

bool is_of_host(const Subject& subject, std::string_view pattern) {
  const std::string_view host = parts_of(subject.id).host;
  return !host.empty() && glob_matches(pattern, host);
}

bool is_at_path(const Subject& subject, std::string_view pattern) {
  if (glob_matches(pattern, subject.manifest)) return true;
  const NameParts parts = parts_of(subject.id);
  return !parts.host.empty() && glob_matches(pattern, fmt::format("{}/{}", parts.space, parts.host));
}

using Ids = std::set<ResourceId>;

template <typename Matches>
Ids ids_that(const std::vector<Subject>& subjects, std::string_view pattern, Matches matches) {
  Ids ids;
  for (const Subject& subject : subjects) {
    if (matches(subject, pattern)) ids.insert(subject.id);
  }
  return ids;
}

[[noreturn]] void refuse_ambiguous(const std::string& name, const ResourceId& host) {
  const NameParts parts = parts_of(host);
  throw Error(Fault::usage, fmt::format("'{}' is the name of a manifest and of a host", name),
              fmt::format("write KIND/{} for the manifest, {}/{} for the host", name, parts.space, parts.host));
}

enum class Ambiguous { refused, both };

Ids meant_by_name(const std::string& name, const std::vector<Subject>& subjects, Ambiguous ambiguous) {
  Ids ids = ids_that(subjects, name, is_of_manifest);
  const Ids hosts = ids_that(subjects, name, is_of_host);
  if (ids.empty() || name.find('*') != std::string::npos || ambiguous == Ambiguous::both) {
    ids.insert(hosts.begin(), hosts.end());
    return ids;
  }
  const auto other = std::find_if(hosts.begin(), hosts.end(), [&](const ResourceId& id) { return !ids.contains(id); });
  if (other != hosts.end()) refuse_ambiguous(name, *other);
  return ids;
}

Ids meant_by(const std::string& pattern, const std::vector<Subject>& subjects, Ambiguous ambiguous) {
  switch (form_of(pattern)) {
    case Form::label:
      return ids_that(subjects, std::string_view(pattern).substr(label_prefix.size()), has_label);
    case Form::id:
      return ids_that(subjects, pattern, [](const Subject& subject, std::string_view text) {
        return glob_matches(text, subject.id.to_string());
      });
    case Form::path:
      return ids_that(subjects, pattern, is_at_path);
    case Form::bare:
      break;
  }
  return meant_by_name(pattern, subjects, ambiguous);
}

/// Everything of the pattern's own form that would have matched.
std::vector<std::string> known_names(Form form, const std::vector<Subject>& subjects) {
  std::set<std::string> known;
  for (const Subject& subject : subjects) {
    const NameParts parts = parts_of(subject.id);
    if (form == Form::id) known.insert(subject.id.to_string());
    if (form == Form::label && subject.labels != nullptr) {
      for (const auto& [key, value] : *subject.labels) known.insert(fmt::format("{}{}={}", label_prefix, key, value));
    }
    if (form == Form::path) {
      known.insert(subject.manifest);
      if (!parts.host.empty()) known.insert(fmt::format("{}/{}", parts.space, parts.host));
    }
    if (form == Form::bare) {
      known.emplace(subject.manifest.empty() ? parts.space : name_of(subject.manifest));
      known.emplace(parts.host);
    }
  }
  known.erase("");
  return {known.begin(), known.end()};
}

void check_form(const std::string& pattern) {
  const bool is_label = form_of(pattern) == Form::label;
  if (is_label && pattern.find('=') == std::string::npos)
    throw Error(Fault::usage, fmt::format("'{}' is no label", pattern),
                "a label is selected as label:KEY=VALUE; label:KEY=* takes every value");
  if (pattern.empty()) throw Error(Fault::usage, "an empty pattern selects nothing", forms);
}

}  // namespace

NameParts parts_of(const ResourceId& id) {
  const std::string_view name = id.name;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {{}, name};
  const std::string_view first = name.substr(0, slash);
  const std::string_view rest = name.substr(slash + 1);
  const std::string_view second = rest.substr(0, rest.find('/'));
  // Only a zone has a dot in the first place; then the second one is HOST.SPACE.
  if (first.find('.') == std::string_view::npos) return {first, second};
  const std::size_t dot = second.find('.');
  if (dot == std::string_view::npos) return {second, {}};
  return {second.substr(dot + 1), second.substr(0, dot)};
}

bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t at = 0;
  std::size_t in_text = 0;
  std::optional<std::size_t> star;
  std::size_t resume = 0;
  while (in_text < text.size()) {
    if (at < glob.size() && glob[at] == '*') {
      star = at++;
      resume = in_text;
    } else if (at < glob.size() && glob[at] == text[in_text]) {
      ++at;
      ++in_text;
    } else if (star) {
      at = *star + 1;
      in_text = ++resume;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', at) == std::string_view::npos;
}

std::set<ResourceId> ids_meant(const std::vector<std::string>& patterns, const std::vector<Subject>& subjects) {
  std::set<ResourceId> all;
  std::string lost;
  std::string hints;
  for (const std::string& pattern : patterns) {
    check_form(pattern);
    Ids ids = meant_by(pattern, subjects, Ambiguous::refused);
    if (ids.empty()) {
      lost += fmt::format("{}'{}'", lost.empty() ? "" : " or ", pattern);
      const std::string close = did_you_mean(pattern, known_names(form_of(pattern), subjects));
      if (!close.empty()) hints += fmt::format("{}did you mean '{}'?", hints.empty() ? "" : " ", close);
    }
    all.merge(ids);
  }
  if (lost.empty()) return all;
  throw Error(Fault::usage, fmt::format("nothing matches {}", lost), hints.empty() ? forms : hints);
}

std::set<ResourceId> ids_still_meant(const std::vector<std::string>& patterns, const std::vector<Subject>& subjects) {
  Ids all;
  for (const std::string& pattern : patterns) all.merge(meant_by(pattern, subjects, Ambiguous::both));
  return all;
}

}  // namespace muster::plan
