#include "reconciler/cli/columns.h"

#include <algorithm>
#include <numeric>

#include "reconciler/cli/table.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

/// With less, or less than its widest part needs, the last column gets lines of its own.
constexpr std::size_t least_room = 20;
constexpr std::size_t own_line_indent = 8;

using Row = std::vector<std::string>;

std::vector<std::size_t> widths_of(const Row& header, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(header.size(), 0);
  const auto measure = [&](const Row& row) {
    for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  };
  measure(header);
  for (const Row& row : rows) measure(row);
  return widths;
}

std::string line_of(const Row& row, const std::vector<std::size_t>& widths, std::size_t screen) {
  std::string line;
  std::size_t column = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool is_last = i + 1 == widths.size();
    if (!is_last) {
      line += row[i] + std::string(widths[i] - display_width(row[i]) + 2, ' ');
      column += widths[i] + 2;
    } else if (column + display_width(row[i]) <= screen ||
               column + std::max(least_room, widest_part(row[i])) <= screen) {
      line += wrap(row[i], screen, column);
    } else {
      line.erase(line.find_last_not_of(' ') + 1);
      line += "\n" + std::string(own_line_indent, ' ') + wrap(row[i], screen, own_line_indent);
    }
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

std::string columns_text(const Row& header, const std::vector<Row>& cells, int width) {
  std::vector<Row> rows;
  for (const Row& row : cells) {
    Row& copy = rows.emplace_back();
    for (const std::string& cell : row) copy.push_back(on_one_line(cell));
  }
  const std::vector<std::size_t> widths = widths_of(header, rows);
  const auto screen = static_cast<std::size_t>(std::max(width, 40));
  const std::size_t names = std::accumulate(widths.begin(), widths.end() - 1, 2 * (widths.size() - 1));
  if (names > screen) {
    for (Row& row : rows) row.resize(header.size());
    return Table{header, rows, {header.begin(), header.end() - 1}, {}}.to_string(screen);
  }
  std::string text = line_of(header, widths, screen);
  for (const Row& row : rows) text += line_of(row, widths, screen);
  return text;
}

}  // namespace muster::cli
