#pragma once

// docs/reference.md: everything there is to write and to type, from the tables of commands and fields.

#include <string>
#include <vector>

#include "resources/contract/registry.h"
#include "resources/contract/schema.h"

namespace muster::cli {

/// Kinds of manifest in the order in which people meet them: the Fleet, what they make, how it is reached.
std::vector<const Schema*> kinds_to_document(const Registry& registry);

/// A line of the table of fields: "spec.dns.zone".
struct FieldRow {
  std::string path;
  std::string type;
  std::string fallback;  ///< "required", "optional", "default 60"
  std::string doc;
};
/// Members follow their record, forms their choice.
std::vector<FieldRow> field_rows(const Schema& schema);

/// Markdown.
std::string reference_text(const Registry& registry);

}  // namespace muster::cli
