#pragma once

// A table of fields. Pure data: decoding, diffing, redacting and documenting are functions elsewhere that read it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/value.h"

namespace muster {

enum class Type {
  boolean,
  integer,     ///< minimum and maximum apply
  text,        ///< pattern and allowed apply
  secret,      ///< {env: NAME}, {file: PATH}, {command: [..]} or plain text; decodes to a Secret hole
  file,        ///< a path beside the manifest; decodes to the file's content
  content,     ///< a file or directory beside the manifest, sent whole; decodes to its place and digest (content.h)
  duration,    ///< "90s", "15m", "2h", "3d"; decodes to int64 seconds
  timestamp,   ///< ISO 8601 with an offset or Z; decodes to int64 Unix seconds
  list,        ///< order matters; fields[0] describes an element
  set,         ///< order does not matter; sorted and without duplicates after decoding
  record,      ///< fields describe the members; unknown ones are errors
  dictionary,  ///< free keys; fields[0] describes a value
  choice,      ///< one of `fields`, picked by the shape of the node: scalar, sequence or mapping
  any,         ///< taken as it is (resources only, never manifests)
};

/// How a wanted field is compared.
enum class Compare {
  observed,      ///< the backend shows it: wanted against what was read
  create_time,   ///< the backend does not show it as it was given: digest against the stamp
  not_compared,  ///< steers muster itself (time limits); never a difference
};

/// What a difference leads to.
enum class Mutability { updatable, immutable };

/// Fields that no one wants but others may refer to.
enum class Computed {
  no,
  born,  ///< changes only when the object is created anew: an address
  live,  ///< may change at any time
};

/// One field. Aggregate with defaults, so that a table reads as a table:
///   {.name = "ttl", .type = Type::integer, .default_value = 60, .minimum = 60, .unit = "seconds", .doc = "..."}
struct Field {
  std::string name{};
  Type type = Type::text;
  bool required = false;
  Value default_value{};
  std::optional<std::int64_t> minimum{};
  std::optional<std::int64_t> maximum{};
  /// ECMAScript regular expression that the whole text matches, with `pattern_hint` in words: "lower-case letters,
  /// ...".
  std::string pattern{};
  std::string pattern_hint{};
  /// The only texts allowed, when not empty.
  std::vector<std::string> allowed{};
  /// The kind of manifest that this text names ("OpenStackProject"); loading checks that it exists.
  std::string names_kind{};
  std::string unit{};
  /// One sentence or two, for `schema`, the reference and error messages.
  std::string doc{};
  bool sensitive = false;
  bool is_outcome = false;  ///< how the last attempt went, which nobody changes
  Compare compare = Compare::observed;
  Mutability mutability = Mutability::updatable;
  Computed computed = Computed::no;
  std::vector<Field> fields{};
};

struct Schema {
  std::string kind;
  std::string doc;
  std::vector<Field> fields;
  bool stamps_end = false;  ///< of resources: an object's stamp says when it is over (Stamp::until)

  /// The top-level field of that name, or nullptr.
  const Field* find(std::string_view name) const;
};

}  // namespace muster
