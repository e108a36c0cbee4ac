#pragma once

#include <string>
#include <vector>

#include "reconciler/cli/console.h"
#include "reconciler/cli/doctor.h"

namespace muster::cli {

std::string section_text(const Section& section, const Painter& paint, int width);
/// "all is well", or how many problems and warnings there are.
std::string verdict_text(const std::vector<Section>& sections, const Painter& paint);
/// One record per finding.
std::string section_records(const Section& section);
std::string verdict_record(const std::vector<Section>& sections);

}  // namespace muster::cli
