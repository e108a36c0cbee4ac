#include "resources/ovh/ownership.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "resources/contract/value.h"

namespace muster::ovh {
namespace {

constexpr std::string_view label = "_muster";
constexpr std::size_t digest_digits = 12;

std::map<std::string, std::string, std::less<>> members_of(std::string_view text) {
  std::map<std::string, std::string, std::less<>> members;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view member = text.substr(0, comma);
    const std::size_t equals = member.find('=');
    if (equals != std::string_view::npos) members.emplace(member.substr(0, equals), member.substr(equals + 1));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return members;
}

bool take_proof(std::string_view text, ScopeText& scope) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + colon, scope.count);
  scope.digest = text.substr(colon + 1);
  return fault == std::errc{} && end == text.data() + colon && scope.digest.size() == digest_digits;
}

/// Of two of ours one is a twin of its create: what was flushed speaks, else the newer one.
bool speaks_before(const ScopeText& one, const ScopeText& other) {
  if (one.is_unflushed() != other.is_unflushed()) return other.is_unflushed();
  return other.revision < one.revision;
}

void take_value(Scope& scope, const std::string& value, std::string_view fleet) {
  scope.values.push_back(value);
  const auto text = parse_scope_text(value);
  if (text && text->fleet == fleet && scope.holder != Holder::foreign) {
    if (!scope.text || speaks_before(*text, *scope.text)) scope.text = text;
    scope.holder = Holder::ours;
    return;
  }
  if (text && text->fleet == fleet) return;
  scope.holder = Holder::foreign;
  scope.text = text;
  scope.evidence = text ? fmt::format("held by fleet {} (revision {})", text->fleet, text->revision.to_string())
                        : fmt::format("its ownership record says something else: {}", value);
}

bool includes(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// How much speaks for a set being part of what its scope's text digests.
enum class Likelihood { none, possible, explained };

Likelihood likelihood_of(const RRset& set, const Claim& claim) {
  if (claim.known_targets) return Likelihood::explained;
  if (!claim.wanted) return Likelihood::none;
  if (!claim.wanted_targets) return Likelihood::possible;
  return includes(*claim.wanted_targets, set.targets) ? Likelihood::explained : Likelihood::none;
}

Judgement judge_unproven(const RRset& set, const Claim& claim, const std::string& scope) {
  const std::string held = fmt::format("{}", fmt::join(set.targets, ", "));
  if (!claim.wanted_targets)
    return {
        Ownership::foreign, Condition::incomplete, scope,
        fmt::format("holds {}; nothing proves that muster wrote it, and what it shall hold is not known yet", held)};
  std::vector<std::string> strange;
  std::set_difference(set.targets.begin(), set.targets.end(), claim.wanted_targets->begin(),
                      claim.wanted_targets->end(), std::back_inserter(strange));
  if (!strange.empty())
    return {Ownership::foreign, Condition::ready, scope,
            fmt::format("holds {}, not written by muster as far as its database and the record {} tell",
                        fmt::join(strange, ", "), scope_record_name(scope))};
  if (!is_digested(set.key.type)) return {Ownership::ours, Condition::ready, scope, {}};
  return {Ownership::ours, Condition::incomplete, scope,
          fmt::format("the record {} does not prove yet that it is published", scope_record_name(scope))};
}

}  // namespace

bool ScopeText::is_unflushed() const { return digest == std::string(digest_digits, '0'); }

ScopeText unflushed_text(std::string fleet, Revision revision) {
  return {std::move(fleet), std::move(revision), 0, std::string(digest_digits, '0')};
}

std::string ScopeText::to_string() const {
  return fmt::format("heritage=muster,version=1,fleet={},revision={},rrsets={}:{}", fleet, revision.to_string(), count,
                     digest);
}

std::optional<ScopeText> parse_scope_text(std::string_view text) {
  const auto members = members_of(text);
  const auto member = [&members](std::string_view name) {
    const auto found = members.find(name);
    return found == members.end() ? std::string() : found->second;
  };
  ScopeText scope;
  scope.fleet = member("fleet");
  const auto revision = parse_revision(member("revision"));
  if (member("heritage") != "muster" || member("version") != "1" || scope.fleet.empty() || !revision ||
      !take_proof(member("rrsets"), scope))
    return std::nullopt;
  scope.revision = *revision;
  return scope;
}

std::string scope_record_name(std::string_view scope) {
  return scope.empty() ? std::string(label) : fmt::format("{}.{}", label, scope);
}

std::optional<std::string> scope_of_record_name(std::string_view name) {
  if (name == label) return std::string();
  if (!name.starts_with(label) || name[label.size()] != '.') return std::nullopt;
  return std::string(name.substr(label.size() + 1));
}

bool lies_in(std::string_view name, std::string_view scope) {
  if (scope.empty() || name == scope) return true;
  return name.size() > scope.size() && name.ends_with(scope) && name[name.size() - scope.size() - 1] == '.';
}

bool is_digested(std::string_view type) { return type == "A" || type == "AAAA"; }

Proof prove(const std::vector<const RRset*>& sets) {
  std::vector<std::string> lines;
  for (const RRset* set : sets) {
    if (!is_digested(set->key.type)) continue;
    std::string line = set->key.name + " " + set->key.type;
    for (const std::string& target : set->targets) line += " " + target;
    lines.push_back(line + "\n");
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line;
  return {lines.size(), digest_bytes(text).substr(0, digest_digits)};
}

Scopes::Scopes(const RRsets& sets, std::string_view fleet) {
  for (const auto& [key, set] : sets) {
    const auto scope = key.type == "TXT" ? scope_of_record_name(key.name) : std::nullopt;
    if (!scope) continue;
    for (const std::string& value : set.targets) take_value(scopes_[*scope], value, fleet);
  }
  std::map<std::string, std::vector<const RRset*>> contents;
  for (const auto& [key, set] : sets) {
    if (!is_digested(key.type)) continue;
    if (const auto scope = containing(key.name)) contents[*scope].push_back(&set);
  }
  for (auto& [name, scope] : scopes_) {
    const Proof proof = prove(contents[name]);
    scope.standing = proof.count;
    scope.proven = scope.text && proof == scope.text->proof();
  }
}

const Scope* Scopes::find(std::string_view scope) const {
  const auto found = scopes_.find(scope);
  return found == scopes_.end() ? nullptr : &found->second;
}

std::optional<std::string> Scopes::containing(std::string_view name) const {
  for (std::string_view candidate = name;;) {
    if (scopes_.count(candidate) > 0) return std::string(candidate);
    if (candidate.empty()) return std::nullopt;
    const std::size_t dot = candidate.find('.');
    candidate = dot == std::string_view::npos ? std::string_view() : candidate.substr(dot + 1);
  }
}

std::set<RRsetKey> proven_sets(const RRsets& sets, const Claims& claims, const Scopes& scopes) {
  using Sets = std::vector<const RRset*>;
  std::map<std::string, Sets> possible;
  std::map<std::string, Sets> explained;
  std::set<RRsetKey> proven;
  for (const auto& [key, set] : sets) {
    const auto scope = is_digested(key.type) ? scopes.containing(key.name) : std::nullopt;
    if (!scope) continue;
    if (scopes.find(*scope)->proven) proven.insert(key);
    const auto claim = claims.find(key);
    const Likelihood likelihood = claim == claims.end() ? Likelihood::none : likelihood_of(set, claim->second);
    if (likelihood != Likelihood::none) possible[*scope].push_back(&set);
    if (likelihood == Likelihood::explained) explained[*scope].push_back(&set);
  }
  for (const auto* guess : {&possible, &explained}) {
    for (const auto& [name, of_scope] : *guess) {
      const Scope& scope = *scopes.find(name);
      if (!scope.text || prove(of_scope) != scope.text->proof()) continue;
      for (const RRset* set : of_scope) proven.insert(set->key);
    }
  }
  return proven;
}

Judgement judge(const RRset& set, const Claim& claim, bool proven, const Scopes& scopes) {
  const auto name = scopes.containing(set.key.name);
  if (!name) {
    const bool lost_its_scope = claim.wanted && claim.known_targets && *claim.known_targets == set.targets;
    if (lost_its_scope) return {Ownership::ours, Condition::ready, {}, "the record of its scope is gone"};
    return {Ownership::foreign, Condition::ready, {}, "lies in no scope of this fleet"};
  }
  const Scope& scope = *scopes.find(*name);
  if (scope.holder != Holder::ours) return {Ownership::foreign, Condition::ready, *name, scope.evidence};
  // A part of them is what a killed removal leaves.
  const bool remembered = claim.known_targets && (claim.wanted || includes(*claim.known_targets, set.targets));
  if (proven || remembered) return {Ownership::ours, Condition::ready, *name, {}};
  if (!claim.wanted) return {Ownership::foreign, Condition::ready, *name, "lies in our scope, not proven ours"};
  return judge_unproven(set, claim, *name);
}

}  // namespace muster::ovh
