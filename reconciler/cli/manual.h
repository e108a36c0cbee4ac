#pragma once

// What the manual says beyond the tables of commands and fields: for help, the reference and the man pages.

#include <string>
#include <vector>

namespace muster::cli {

struct ManualEntry {
  std::string name;
  std::string doc;
};

/// By number.
const std::vector<ManualEntry>& exit_codes();
const std::vector<ManualEntry>& environment_variables();
const std::vector<ManualEntry>& files_used();

/// What every manifest looks like: a fenced example is `manifest_frame`.
const std::vector<std::string>& manifest_paragraphs();
const std::vector<std::string>& secret_paragraphs();
const std::vector<std::string>& label_paragraphs();
std::string manifest_frame();

}  // namespace muster::cli
