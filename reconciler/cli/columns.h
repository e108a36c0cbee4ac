#pragma once

// Rows whose columns line up. The last column takes what is left of the screen and continues below itself.

#include <string>
#include <vector>

namespace muster::cli {

/// Parted by two blanks; cells of the columns before the last one are never cut, so that names can be copied; where
/// these alone are wider than the screen it becomes a Table, whose columns go below. A row may have fewer cells than
/// the header. Ends with a newline.
std::string columns_text(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                         int width);

}  // namespace muster::cli
