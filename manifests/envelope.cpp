#include "manifests/envelope.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "manifests/decode.h"
#include "manifests/decode_words.h"

namespace muster::manifests {
namespace {

class Opener {
 public:
  Opener(const Document& document, const std::vector<std::string>& kinds, Patterns& patterns,
         std::vector<Diagnostic>& diagnostics)
      : document_(document), root_(*document.root), kinds_(kinds), patterns_(patterns), diagnostics_(diagnostics) {}

  Envelope open() {
    if (root_.shape != Node::Shape::mapping) {
      error(root_.where(), "this document is no mapping",
            "a manifest has the keys apiVersion, kind, metadata and spec");
      return std::move(envelope_);
    }
    envelope_.origin = root_.where();
    if (!given("apiVersion") && !given("kind") && given("general") && given("instances")) {
      // It lies where Install Party looks for it, which is where people keep their manifests too.
      diagnostics_.push_back({Severity::warning, root_.where(),
                              "Install Party's configuration is no manifest; it is left out",
                              "it holds secrets: keep it out of Git, and remove it once the hosts are adopted"});
      return std::move(envelope_);
    }
    if (!given("apiVersion") && !given("kind")) {
      error(root_.where(), "this document is no manifest: it has neither apiVersion nor kind", way_to_manifest());
      return std::move(envelope_);
    }
    read_kind();
    read_metadata();
    name_home();
    check_version();
    refuse_unknown();
    if (const Member* spec = meant("spec")) {
      envelope_.marks["spec"] = spec->where();
      envelope_.spec = spec->value;
    }
    return std::move(envelope_);
  }

 private:
  void error(Origin where, std::string message, std::string hint) {
    where.manifest = document_.home->manifest;
    diagnostics_.push_back({Severity::error, std::move(where), std::move(message), std::move(hint)});
  }

  static const std::vector<std::string>& known_keys() {
    static const std::vector<std::string> keys{"apiVersion", "kind", "metadata", "spec"};
    return keys;
  }

  static bool is_known(std::string_view key) {
    return std::find(known_keys().begin(), known_keys().end(), key) != known_keys().end();
  }

  /// What stands at `key`, or at a name that is nearly it: that is one mistake, told by refuse_unknown.
  const Member* meant(std::string_view key) const {
    if (const Member* member = root_.find(key)) return member;
    const auto near = std::find_if(root_.members.begin(), root_.members.end(), [&](const Member& member) {
      return !is_known(member.key) && did_you_mean(member.key, known_keys()) == key;
    });
    return near == root_.members.end() ? nullptr : &*near;
  }

  const Node* given(std::string_view key) const { return given(root_.find(key)); }
  static const Node* given(const Member* member) {
    return member == nullptr || member->value->shape == Node::Shape::null ? nullptr : member->value.get();
  }

  void read_kind() {
    const Node* kind = given(meant("kind"));
    if (kind == nullptr) return error(root_.where(), "kind is missing", known_kinds());
    envelope_.marks["kind"] = kind->where();
    if (kind->shape == Node::Shape::scalar && std::find(kinds_.begin(), kinds_.end(), kind->text) != kinds_.end()) {
      envelope_.kind = kind->text;
      return;
    }
    const std::string near = kind->shape == Node::Shape::scalar ? did_you_mean(kind->text, kinds_) : std::string();
    error(kind->where(), fmt::format("kind cannot be {}", found_words(*kind, {})),
          near.empty() ? known_kinds() : fmt::format("did you mean \"{}\"?", near));
  }

  std::string way_to_manifest() const {
    for (const Member& member : root_.members) {
      const std::string near = did_you_mean(member.key, {"apiVersion", "kind"});
      if (!near.empty()) return fmt::format("did you mean {} where it says {}?", near, shortened(member.key));
    }
    return "move it out of the directory of the manifests, or begin it with apiVersion: muster/v1";
  }

  std::string known_kinds() const { return fmt::format("known kinds: {}", fmt::join(kinds_, ", ")); }

  void check_version() {
    const Node* version = given(meant("apiVersion"));
    if (version == nullptr) return error(root_.where(), "apiVersion is missing", "write apiVersion: muster/v1");
    envelope_.marks["apiVersion"] = version->where();
    if (version->shape == Node::Shape::scalar && version->text == api_version) return;
    error(version->where(), fmt::format("apiVersion cannot be {}", found_words(*version, {})),
          fmt::format("this muster reads {}", api_version));
  }

  void read_metadata() {
    const Member* member = meant("metadata");
    DecodeOptions options{.patterns = patterns_};
    Decoded metadata = decode_record(member == nullptr ? nullptr : member->value, metadata_fields(), "metadata",
                                     member == nullptr ? root_.where() : member->where(), options);
    envelope_.name = metadata.value.string_at("name");
    if (const Value& labels = metadata.value.at("labels"); labels.is_map()) {
      for (const auto& [key, value] : labels.as_map()) envelope_.labels[key] = value.as_string();
    }
    envelope_.marks.merge(metadata.marks);
    metadata_problems_ = std::move(metadata.diagnostics);
  }

  /// From here on every place in the document carries "Kind/name"; so must those noted before.
  void name_home() {
    if (envelope_.is_usable()) document_.home->manifest = envelope_.key();
    envelope_.origin.manifest = document_.home->manifest;
    for (auto& [path, origin] : envelope_.marks) origin.manifest = document_.home->manifest;
    for (Diagnostic& problem : metadata_problems_) {
      problem.where.manifest = document_.home->manifest;
      diagnostics_.push_back(std::move(problem));
    }
  }

  void refuse_unknown() {
    for (const Member& member : root_.members) {
      if (is_known(member.key)) continue;
      const std::string near = did_you_mean(member.key, known_keys());
      error(member.where(), fmt::format("a manifest has no field \"{}\"", shortened(member.key)),
            !near.empty()                               ? fmt::format("did you mean \"{}\"?", near)
            : member.key.find(' ') != std::string::npos ? "a remark begins with #"
                                                        : "what describes the thing itself stands below spec");
    }
  }

  const Document& document_;
  const Node& root_;
  const std::vector<std::string>& kinds_;
  Patterns& patterns_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Diagnostic> metadata_problems_;
  Envelope envelope_;
};

}  // namespace

const std::vector<Field>& metadata_fields() {
  static const std::vector<Field> fields{
      {.name = "name",
       .type = Type::text,
       .required = true,
       .pattern = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
       .pattern_hint = "at most 63 lower-case letters, digits and dashes, with no dash at either end",
       .doc = "Names the manifest within its kind."},
      {.name = "labels",
       .type = Type::dictionary,
       .doc = "Free texts for selecting manifests.",
       .fields = {{.name = "label", .type = Type::text}}},
  };
  return fields;
}

Envelope open_envelope(const Document& document, const std::vector<std::string>& kinds, Patterns& patterns,
                       std::vector<Diagnostic>& diagnostics) {
  return Opener(document, kinds, patterns, diagnostics).open();
}

}  // namespace muster::manifests
