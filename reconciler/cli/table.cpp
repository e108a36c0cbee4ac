#include "reconciler/cli/table.h"

#include <algorithm>
#include <string_view>

#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

constexpr std::string_view bar = " | ";
constexpr std::size_t below_indent = 4;

using Row = std::vector<std::string>;
using Widths = std::vector<std::size_t>;

std::size_t line_width(const Widths& widths) {
  std::size_t width = widths.empty() ? 0 : (widths.size() - 1) * bar.size();
  for (const std::size_t column : widths) width += column;
  return width;
}

/// `measure` says how wide a column is for one cell of it.
template <typename Measure>
Widths widths_of(const Row& header, const std::vector<Row>& rows, const Measure& measure) {
  Widths widths(header.size(), 0);
  const auto widen = [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], measure(i, row[i]));
  };
  widen(header);
  for (const Row& row : rows) widen(row);
  return widths;
}

/// Takes from the widest column that can give, until the line fits.
void shrink(Widths& widths, const Widths& least, std::size_t width) {
  while (line_width(widths) > width) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) return;
    --widths[widest];
  }
}

/// The first columns, as many as have a width; nothing where all of them are empty.
std::string row_text(const Row& row, const Widths& widths) {
  if (std::all_of(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(widths.size()),
                  [](const std::string& cell) { return cell.empty(); }))
    return {};
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 1;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    std::vector<std::string>& lines = cells.emplace_back();
    const std::string cell = display_width(row[i]) <= widths[i] ? row[i] : wrap(row[i], widths[i], 0);
    for (std::size_t begin = 0; begin <= cell.size();) {
      const std::size_t end = std::min(cell.find('\n', begin), cell.size());
      lines.push_back(cell.substr(begin, end - begin));
      begin = end + 1;
    }
    height = std::max(height, lines.size());
  }
  std::string text;
  for (std::size_t l = 0; l < height; ++l) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string part = l < cells[i].size() ? cells[i][l] : "";
      line +=
          (i ? std::string(bar) : "") + part + std::string(widths[i] - std::min(widths[i], display_width(part)), ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// The columns from `first` on: "    Status: ACTIVE   IPv4: 203.0.113.7".
std::string below_text(const Row& header, const Row& row, std::size_t first, std::size_t width) {
  std::string text;
  std::string line;
  for (std::size_t i = first; i < row.size(); ++i) {
    if (row[i].empty()) continue;
    const std::string piece = header[i] + ": " + row[i];
    if (!line.empty() && display_width(line) + 3 + display_width(piece) > width) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? std::string(below_indent, ' ') : "   ") + piece;
  }
  return line.empty() ? text : text + line + "\n";
}

}  // namespace

std::string Table::to_string(std::size_t width) const {
  std::vector<Row> clean;
  for (const Row& row : rows) {
    Row& copy = clean.emplace_back();
    for (const std::string& cell : row) copy.push_back(on_one_line(cell));
  }
  Widths widths = widths_of(
      header, clean, [&](std::size_t, const std::string& cell) { return display_width(cell.empty() ? absent : cell); });
  if (line_width(widths) > width) {
    Widths least = widths_of(header, clean, [&](std::size_t column, const std::string& cell) {
      return whole.contains(header[column]) && cell != header[column] ? display_width(cell) : widest_part(cell);
    });
    while (least.size() > 1 && line_width(least) > width) least.pop_back();
    widths.resize(least.size());
    shrink(widths, least, width);
  }
  std::string text = row_text(header, widths);
  std::string rule;
  for (std::size_t i = 0; i < widths.size(); ++i) rule += (i ? "-+-" : "") + std::string(widths[i], '-');
  text += rule.substr(0, width) + "\n";
  for (const Row& row : clean) {
    Row filled = row;
    std::replace(filled.begin(), filled.end(), std::string(), absent);
    text += row_text(filled, widths) + below_text(header, row, widths.size(), width);
  }
  return text;
}

}  // namespace muster::cli
