#pragma once

// How much a view tells: the first few of everything, or with --all everything.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

/// Remembers whether something was left out.
class Brevity {
 public:
  explicit Brevity(bool all) : all_(all) {}

  bool all() const { return all_; }
  bool left_out() const { return left_out_; }
  void leave_out() { left_out_ = true; }

  /// As many as fit into `width`.
  std::string names(const std::vector<std::string>& names, std::size_t width);
  /// No more than `width` columns.
  std::string text(std::string_view text, std::size_t width);
  /// How many of `number` are told where `few` are enough.
  std::size_t first_of(std::size_t number, std::size_t few);

 private:
  bool all_;
  bool left_out_ = false;
};

}  // namespace muster::cli
