#pragma once

// What runs on an IPD server, and what was written of it.

#include <string>
#include <vector>

#include "resources/contract/observed.h"

namespace muster::cli {

struct ImportedIpd {
  const std::vector<Observed>& projects;
  std::vector<std::string> written;  ///< paths
};

std::string imported_ipd_text(const ImportedIpd& shown, int width);
std::string imported_ipd_next_steps();
std::string imported_ipd_records(const ImportedIpd& shown);

}  // namespace muster::cli
