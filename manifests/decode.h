#pragma once

// An untyped tree and a table of fields -> a typed value, and every way in which the two do not fit.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/node.h"
#include "manifests/secrets.h"
#include "manifests/unread_secrets.h"
#include "resources/contract/diagnostic.h"
#include "resources/contract/file_digests.h"
#include "resources/contract/schema.h"
#include "resources/contract/value.h"

namespace muster::manifests {

class Patterns;

/// A text that names another manifest (Field::names_kind).
struct Reference {
  std::string kind;
  std::string name;
  std::string path;
  Origin where;
};

/// How much of a Decoded there was at one moment.
struct DecodedSize {
  std::size_t references = 0;
  std::size_t diagnostics = 0;
  std::size_t faulty = 0;
  std::size_t unread = 0;
  std::size_t lacking = 0;
};

struct Decoded {
  Value value;
  std::map<std::string, Origin, std::less<>> marks;
  std::vector<Reference> references;
  std::vector<Diagnostic> diagnostics;
  std::vector<std::string> faulty;    ///< the paths of what is wrong or missing: Manifest::faulty
  std::vector<UnreadSecret> unread;   ///< their problems are among the diagnostics
  std::vector<UnreadSecret> lacking;  ///< with secrets_may_lack, instead: told nowhere else

  DecodedSize size() const;
  /// Forgets what was found since; marks stay, the next attempt sets them anew.
  void go_back_to(const DecodedSize& size);
};

struct DecodeOptions {
  Patterns& patterns;             ///< shared by all manifests
  Secrets* secrets = nullptr;     ///< takes plain ones; reads the others when `fleet_uid` is not empty
  std::string fleet_uid{};        ///< empty: digests of secrets stay empty
  bool secrets_may_lack = false;  ///< one that cannot be read is a hole without digest
  std::string kind{};             ///< whose fields they are: equal secrets of two kinds have different digests
  std::uintmax_t content_bytes = 1 << 20;
  FileDigests* digests = nullptr;  ///< of what is sent whole; nullptr: all of it is read
  bool runs_commands = false;      ///< those that make what is sent; else it is taken as it is, and may be missing
  bool is_partial = false;         ///< nothing is required and no default is filled in: for the Fleet's defaults
};

/// Decodes the mapping `node` (or nothing at all, when it is null) as a record of `fields`. `path` is what places and
/// messages call it: "spec". `fallback` is where things are reported missing when there is no node.
Decoded decode_record(const NodePtr& node, const std::vector<Field>& fields, const std::string& path,
                      const Origin& fallback, const DecodeOptions& options);

}  // namespace muster::manifests
