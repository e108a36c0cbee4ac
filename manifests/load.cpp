#include "manifests/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "manifests/decode.h"
#include "manifests/decode_words.h"
#include "manifests/envelope.h"
#include "manifests/expansion.h"
#include "manifests/file_text.h"
#include "manifests/manifest_files.h"
#include "manifests/merge_defaults.h"
#include "manifests/offered.h"
#include "manifests/patterns.h"
#include "manifests/resource_checks.h"
#include "manifests/yaml_reader.h"
#include "resources/contract/error.h"
#include "resources/contract/parallel.h"

namespace muster::manifests {
namespace {

constexpr std::string_view fleet_kind = "Fleet";

/// All that a manifest wants has had its time, or has to wait for it.
bool is_out_of_season(const std::vector<Resource>& resources, Time now) {
  return !resources.empty() && std::all_of(resources.begin(), resources.end(), [&](const Resource& resource) {
    const Lifecycle& lifecycle = resource.lifecycle;
    return (lifecycle.until && *lifecycle.until <= now) || (lifecycle.from && now < *lifecycle.from);
  });
}

class Loader {
 public:
  Loader(const Registry& registry, Secrets& secrets, const LoadOptions& options)
      : registry_(registry), secrets_(secrets), options_(options), kinds_(registry.manifest_kinds()) {
    kinds_.emplace_back(fleet_kind);
    std::sort(kinds_.begin(), kinds_.end());
  }

  Load run(const std::vector<std::string>& paths) {
    std::future<Revision> revision;  // git takes as long as all else for a small fleet
    if (!paths.empty()) revision = std::async(std::launch::async, revision_of, paths.front());
    read_files(paths);
    open_envelopes();
    refuse_twins();
    decode_fleet(paths);
    if (options_.go_on && !options_.go_on(load_.fleet)) {
      load_.is_broken_off = true;
      return std::move(load_);
    }
    decode_defaults();
    decode_manifests();
    check_references();
    expand();
    check_resources();
    if (revision.valid()) load_.revision = revision.get();
    sort_diagnostics(load_.diagnostics);
    tell_once(load_.diagnostics, unread_);
    return std::move(load_);
  }

 private:
  void read_files(const std::vector<std::string>& paths);
  void open_envelopes();
  void refuse_twins();
  void decode_fleet(const std::vector<std::string>& paths);
  void check_guard_kinds(const Manifest& manifest);
  void decode_defaults();
  void decode_manifests();
  void check_references();
  void expand();
  void check_resources();
  Manifest checked_manifest(const Envelope& envelope);
  void judge_lacking(const Manifest& manifest, Expansion& expansion);
  Decoded decode_spec(const Envelope& envelope, const Schema& schema, const NodePtr& defaults);
  NodePtr defaults_of(std::string_view kind) const;
  Manifest make_manifest(const Envelope& envelope, Decoded decoded) const;
  DecodeOptions decode_options(std::string_view kind);

  void error(Origin where, std::string message, std::string hint) {
    load_.diagnostics.push_back({Severity::error, std::move(where), std::move(message), std::move(hint)});
  }
  void take(std::vector<Diagnostic> diagnostics) {
    std::move(diagnostics.begin(), diagnostics.end(), std::back_inserter(load_.diagnostics));
  }

  void take_problems(Decoded& decoded) {
    take(std::move(decoded.diagnostics));
    std::move(decoded.unread.begin(), decoded.unread.end(), std::back_inserter(unread_));
  }

  const Registry& registry_;
  Secrets& secrets_;
  Patterns patterns_;
  const LoadOptions& options_;
  std::vector<std::string> kinds_;
  std::vector<Document> documents_;
  std::vector<Envelope> envelopes_;  ///< by kind, name and origin
  std::vector<Envelope> misnamed_;   ///< without a name of their own: only checked
  std::vector<Manifest> misnamed_manifests_;
  NodePtr defaults_;                                          ///< spec.defaults of the Fleet
  std::set<std::string, std::less<>> unsound_;                ///< keys of manifests with errors
  std::map<std::string, std::vector<Reference>> references_;  ///< by the key of the manifest that refers
  std::map<std::string, std::vector<UnreadSecret>> lacking_;  ///< by the key of the manifest; judged by its expansion
  std::vector<UnreadSecret> unread_;
  Load load_;
};

void Loader::read_files(const std::vector<std::string>& paths) {
  ManifestFiles found = find_manifest_files(paths, options_.limits.files);
  take(std::move(found.diagnostics));
  load_.files = found.paths.size();
  for (const std::string& path : found.paths) {
    const FileText content = read_file_text(path, options_.limits.file_bytes);
    if (!content.problem.empty()) {
      error({path, 0, 0, {}}, fmt::format("this file {}", content.problem),
            "make it readable, or give a narrower path");
      continue;
    }
    YamlFile file = read_yaml(path, content.text, options_.limits.document_nodes);
    take(std::move(file.diagnostics));
    std::move(file.documents.begin(), file.documents.end(), std::back_inserter(documents_));
  }
  load_.documents = documents_.size();
}

void Loader::open_envelopes() {
  for (const Document& document : documents_) {
    Envelope envelope = open_envelope(document, kinds_, patterns_, load_.diagnostics);
    if (envelope.is_usable()) {
      envelopes_.push_back(std::move(envelope));
    } else if (!envelope.kind.empty() && envelope.kind != fleet_kind) {
      misnamed_.push_back(std::move(envelope));
    }
  }
  std::sort(envelopes_.begin(), envelopes_.end(), [](const Envelope& left, const Envelope& right) {
    return std::tie(left.kind, left.name, left.origin) < std::tie(right.kind, right.name, right.origin);
  });
}

void Loader::refuse_twins() {
  std::vector<Envelope> single;
  for (Envelope& envelope : envelopes_) {
    if (single.empty() || single.back().key() != envelope.key()) {
      single.push_back(std::move(envelope));
      continue;
    }
    error(envelope.origin, fmt::format("{} exists twice", envelope.key()),
          fmt::format("rename one; the first is at {}", single.back().origin.to_string()));
    if (envelope.kind != fleet_kind) misnamed_.push_back(std::move(envelope));
  }
  envelopes_ = std::move(single);
}

void Loader::decode_fleet(const std::vector<std::string>& paths) {
  const auto is_fleet = [](const Envelope& one) { return one.kind == fleet_kind; };
  const auto first = std::find_if(envelopes_.begin(), envelopes_.end(), is_fleet);
  if (first == envelopes_.end()) {
    // That a path could not be read says it all.
    if (load_.files == 0 && !load_.diagnostics.empty()) return;
    const bool is_empty = load_.files == 0 && load_.diagnostics.empty();
    return error(
        {}, fmt::format("no {} below {}", is_empty ? "file *.yaml or *.yml" : "Fleet manifest", fmt::join(paths, ", ")),
        is_empty ? "give the directory of the manifests, or let `muster init DIRECTORY` write a first set"
                 : "every repository has exactly one; `muster init` writes it");
  }
  for (auto other = std::next(first); other != envelopes_.end() && is_fleet(*other); ++other) {
    error(other->origin, fmt::format("a second Fleet, {}", other->name),
          fmt::format("a repository is one fleet; the first is at {}", first->origin.to_string()));
  }
  const DecodeOptions decoding = decode_options(fleet_kind);
  Decoded decoded = decode_record(first->spec, fleet_schema().fields, "spec", first->origin, decoding);
  take(std::move(decoded.diagnostics));
  if (first->spec && first->spec->shape == Node::Shape::mapping) {
    if (const Member* defaults = first->spec->find("defaults")) defaults_ = defaults->value;
  }
  const Manifest manifest = make_manifest(*first, std::move(decoded));
  load_.fleet = fleet_from(manifest);
  check_guard_kinds(manifest);
}

void Loader::check_guard_kinds(const Manifest& manifest) {
  const std::vector<std::string> kinds = registry_.resource_kinds();
  for (const auto& [kind, limit] : load_.fleet.guard.kinds) {
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
    const std::string near = did_you_mean(kind, kinds);
    error(manifest.where("spec.guard.kinds." + kind), fmt::format("there is no kind of resource \"{}\"", kind),
          near.empty() ? fmt::format("known kinds: {}", fmt::join(kinds, ", "))
                       : fmt::format("did you mean \"{}\"?", near));
  }
}

/// Checked on their own, so that a mistake shows even while no manifest of the kind exists.
void Loader::decode_defaults() {
  if (!defaults_ || defaults_->shape != Node::Shape::mapping) return;
  for (const Member& member : defaults_->members) {
    const Schema* schema = registry_.manifest_schema(member.key);
    if (schema == nullptr) {
      const std::string near = did_you_mean(member.key, registry_.manifest_kinds());
      error(member.where(), fmt::format("spec.defaults names a kind that does not exist, \"{}\"", member.key),
            near.empty() ? fmt::format("known kinds: {}", fmt::join(registry_.manifest_kinds(), ", "))
                         : fmt::format("did you mean \"{}\"?", near));
      continue;
    }
    DecodeOptions decoding = decode_options(member.key);
    decoding.is_partial = true;
    // Called "spec", as in the manifests that these are merged into: there the same mistakes are found again, and equal
    // diagnostics become one.
    const bool is_merged = member.value->shape == Node::Shape::mapping;
    const std::string path = is_merged ? "spec" : "spec.defaults." + member.key;
    Decoded decoded = decode_record(member.value, schema->fields, path, member.where(), decoding);
    take_problems(decoded);
    // Elsewhere a secret that lacks is told by those that these are merged into.
    if (options_.secrets_may_lack)
      std::move(decoded.lacking.begin(), decoded.lacking.end(), std::back_inserter(load_.unread));
  }
}

void Loader::decode_manifests() {
  for (const Envelope& envelope : envelopes_) {
    if (envelope.kind != fleet_kind) load_.manifests.push_back(checked_manifest(envelope));
  }
  for (const Envelope& envelope : misnamed_) {
    misnamed_manifests_.push_back(checked_manifest(envelope));
    if (envelope.name.empty()) misnamed_manifests_.back().faulty.insert("metadata.name");
  }
}

NodePtr Loader::defaults_of(std::string_view kind) const {
  const Member* defaults = defaults_ ? defaults_->find(kind) : nullptr;
  return defaults == nullptr ? nullptr : defaults->value;
}

Manifest Loader::checked_manifest(const Envelope& envelope) {
  const std::string key = envelope.key();
  const Schema& schema = *registry_.manifest_schema(envelope.kind);
  Decoded decoded = decode_spec(envelope, schema, defaults_of(envelope.kind));
  if (has_errors(decoded.diagnostics)) unsound_.insert(key);
  take_problems(decoded);
  if (!decoded.lacking.empty())
    std::move(decoded.lacking.begin(), decoded.lacking.end(), std::back_inserter(lacking_[key]));
  std::move(decoded.references.begin(), decoded.references.end(), std::back_inserter(references_[key]));
  return make_manifest(envelope, std::move(decoded));
}

Decoded Loader::decode_spec(const Envelope& envelope, const Schema& schema, const NodePtr& defaults) {
  Field spec;
  spec.type = Type::record;
  spec.fields = schema.fields;
  const bool is_empty = !envelope.spec || envelope.spec->shape == Node::Shape::null;
  const NodePtr own = is_empty ? nullptr : envelope.spec;
  const NodePtr merged =
      defaults && defaults->shape == Node::Shape::mapping ? merge_defaults(own, defaults, spec) : own;
  const auto mark = envelope.marks.find("spec");
  return decode_record(merged, schema.fields, "spec", mark == envelope.marks.end() ? envelope.origin : mark->second,
                       decode_options(envelope.kind));
}

Manifest Loader::make_manifest(const Envelope& envelope, Decoded decoded) const {
  Manifest manifest;
  manifest.kind = envelope.kind;
  manifest.name = envelope.name;
  manifest.labels = envelope.labels;
  manifest.spec = std::move(decoded.value);
  manifest.origin = envelope.origin;
  manifest.marks = envelope.marks;
  for (auto& [path, origin] : decoded.marks) manifest.marks.insert_or_assign(path, std::move(origin));
  manifest.faulty.insert(decoded.faulty.begin(), decoded.faulty.end());
  return manifest;
}

DecodeOptions Loader::decode_options(std::string_view kind) {
  DecodeOptions decoding{.patterns = patterns_};
  decoding.kind = kind;
  decoding.secrets = &secrets_;
  if (options_.reveal_secrets) decoding.fleet_uid = load_.fleet.uid;
  decoding.runs_commands = options_.reveal_secrets && !options_.secrets_may_lack;  // whoever only looks makes nothing
  decoding.secrets_may_lack = (options_.secrets_may_lack || options_.now) && registry_.blueprint(kind) != nullptr;
  decoding.content_bytes = options_.limits.content_bytes;
  decoding.digests = options_.digests;
  return decoding;
}

void Loader::check_references() {
  std::map<std::string, std::vector<std::string>> names;
  for (const Envelope& envelope : envelopes_) names[envelope.kind].push_back(envelope.name);
  for (const auto& [key, references] : references_) {
    for (const Reference& reference : references) {
      const std::vector<std::string>& known = names[reference.kind];
      if (std::binary_search(known.begin(), known.end(), reference.name)) {
        // A blueprint would only report again what its target's manifest suffers from.
        if (unsound_.contains(reference.kind + "/" + reference.name)) unsound_.insert(key);
        continue;
      }
      unsound_.insert(key);
      const std::string near = did_you_mean(reference.name, known);
      error(reference.where,
            fmt::format("{}: there is no {} \"{}\"", reference.path, reference.kind, shortened(reference.name)),
            !near.empty()   ? fmt::format("did you mean \"{}\"?", near)
            : known.empty() ? fmt::format("add a manifest of kind {}", reference.kind)
                            : fmt::format("there are: {}", fmt::join(known, ", ")));
    }
  }
}

void Loader::expand() {
  const Catalog catalog(load_.manifests);
  std::vector<Expansion> expansions(load_.manifests.size());
  in_parallel(expansions.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      expansions[i] =
          expansion_of(load_.manifests[i], catalog, !unsound_.contains(load_.manifests[i].key()), registry_);
  });
  std::size_t size = 0;
  for (std::size_t i = 0; i < expansions.size(); ++i) {
    judge_lacking(load_.manifests[i], expansions[i]);
    size += expansions[i].resources.size();
  }
  load_.resources.reserve(size);
  for (Expansion& expansion : expansions) {
    take(std::move(expansion.diagnostics));
    std::move(expansion.resources.begin(), expansion.resources.end(), std::back_inserter(load_.resources));
  }
  for (const Manifest& manifest : misnamed_manifests_) {
    Expansion expansion = expansion_of(manifest, catalog, false, registry_);
    judge_lacking(manifest, expansion);
    take(std::move(expansion.diagnostics));
  }
}

/// Only what a manifest wants says whether somebody needs its secrets.
void Loader::judge_lacking(const Manifest& manifest, Expansion& expansion) {
  const auto found = lacking_.find(manifest.key());
  if (found == lacking_.end()) return;
  std::vector<UnreadSecret> secrets = std::move(found->second);
  lacking_.erase(found);
  const bool is_spared =
      options_.secrets_may_lack || (options_.now && is_out_of_season(expansion.resources, *options_.now));
  for (UnreadSecret& secret : secrets) secret.manifest = manifest.key();
  if (!is_spared && !secrets.empty()) {
    for (const UnreadSecret& secret : secrets) load_.diagnostics.push_back(secret.problem);
    expansion.resources.clear();
  }
  std::move(secrets.begin(), secrets.end(), std::back_inserter(is_spared ? load_.unread : unread_));
}

void Loader::check_resources() {
  sort_and_refuse_duplicates(load_.resources, load_.diagnostics);
  need_checks_of_offering(load_.resources, registry_);
  const Links links = links_between(load_.resources);
  refuse_cycles(load_.resources, links, load_.diagnostics);
  // What a faulty manifest would have brought is not there yet: every link to it would be reported, wrongly.
  if (load_.ok()) refuse_dangling(load_.resources, links, load_.diagnostics);
}

}  // namespace

Load load(const std::vector<std::string>& paths, const Registry& registry, Secrets& secrets,
          const LoadOptions& options) {
  return Loader(registry, secrets, options).run(paths);
}

}  // namespace muster::manifests
