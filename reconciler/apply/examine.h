#pragma once

// Asks the drivers what stands against adopting what stands there.

#include <vector>

#include "reconciler/apply/sessions.h"
#include "reconciler/plan/adoption.h"
#include "resources/contract/registry.h"

namespace muster::apply {

/// A few at a time on each connection. A driver that fails makes its candidate unknown, no more. Throws
/// Error(interrupted) when the context's stop token was asked for.
plan::Examinations examine(const std::vector<plan::Candidate>& candidates, const Registry& registry, Sessions& sessions,
                           Context& context);

}  // namespace muster::apply
