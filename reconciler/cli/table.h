#pragma once

// A table for people.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace muster::cli {

/// Columns aligned to the left. Line breaks in cells become blanks.
struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows{};  ///< as many cells each as the header has
  std::set<std::string> whole{};                 ///< titles of the columns whose cells are never broken
  std::string absent{};                          ///< stands in empty cells
  /// Header, a rule, the rows; columns parted by " | ". Where that is wider than `width`, cells go on below themselves,
  /// broken as by wrap; if that is not enough, the last columns stand below their row, with their titles and without
  /// what is empty.
  std::string to_string(std::size_t width = std::string::npos) const;
};

}  // namespace muster::cli
