#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "resources/contract/schema.h"

namespace muster::cli {

/// What may be written: "whole number from 1 to 64 seconds", "one of acme, internal".
std::string type_text(const Field& field);
/// What holds when it is left out: "required", "optional", "default 60".
std::string default_text(const Field& field);

/// Every field of a kind with its type, what is allowed, the default and what it means.
std::string schema_text(const Schema& schema, const Painter& paint, int width);

/// Each field with what it means, and below it its own fields.
std::string fields_text(const std::vector<Field>& fields, const Painter& paint, std::size_t width,
                        std::size_t depth = 0, bool forms = false);

}  // namespace muster::cli
