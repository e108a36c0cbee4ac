#pragma once

// Everything a command writes goes through here: secrets are cut, what would steer the terminal is spelled out
// (printable.h), and text does not tear the live area apart.

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/cli/shell.h"
#include "resources/contract/secret.h"

namespace muster::cli {

enum class Colour { plain, bold, dim, red, green, yellow };

/// Colours one of the two outputs, or does not. Its marks mean something to the console only.
class Painter {
 public:
  explicit Painter(bool colours) : colours_(colours) {}
  std::string operator()(Colour colour, std::string_view text) const;

 private:
  bool colours_;
};

/// Thread-safe. stdout is data, stderr is for people.
class Console {
 public:
  /// Both must outlive the console.
  Console(Shell& shell, const Redactor& redactor);
  /// Leaves the live area on the screen as it is.
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void out(std::string_view text);
  /// For people: like out, and on a screen the lines are fitted to it.
  void show(std::string_view text);
  /// Fitted to the screen as well.
  void err(std::string_view text);
  /// For passwords that a person asked to see. Nothing else may use it.
  void out_revealed(std::string_view text);

  Painter out_paint() const { return Painter(colours_ && terminal_.output); }
  Painter err_paint() const { return Painter(colours_ && terminal_.error); }
  /// Columns of the screen; 100 where there is none.
  int out_width() const;
  int err_width() const;
  /// How wide a table on stdout may be: without a screen as wide as it is.
  std::size_t table_width() const;
  /// Whether a person sees what stdout says.
  bool out_is_screen() const { return terminal_.output; }
  /// The system's words for why stdout did not take everything; empty: it did, or its reader has seen enough and left
  /// (`| head`).
  std::string output_fault() const;

  /// Whether lines can be redrawn in place.
  bool can_redraw() const { return redraw_; }
  /// Draws `lines` below everything else, in place of the ones drawn before; clipped to the screen.
  void draw(const std::vector<std::string>& lines);
  /// Takes the live area off the screen.
  void clear();

 private:
  class Painting;
  void erase_locked();
  void paint_locked();
  void set_drawn_locked(std::size_t lines);

  Terminal terminal_;
  std::ostream& out_;
  std::ostream& err_;
  const Redactor& redactor_;
  bool colours_;
  bool redraw_;
  std::shared_ptr<SignalControl> signals_;
  mutable std::mutex mutex_;
  std::vector<std::string> live_;
  std::size_t drawn_ = 0;
  bool broken_ = false;  ///< stdout takes nothing any more
  std::string output_fault_;
};

}  // namespace muster::cli
