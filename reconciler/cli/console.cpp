#include "reconciler/cli/console.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <utility>

#include "reconciler/cli/printable.h"
#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

bool wants_colour(const Environment& environment) {
  return !environment.get("NO_COLOR") && environment.get("TERM").value_or("") != "dumb";
}

bool can_move(const Shell& shell) {
  const std::string term = shell.environment.get("TERM").value_or("");
  return shell.terminal.error && !term.empty() && term != "dumb";
}

char letter_of(Colour colour) {
  switch (colour) {
    case Colour::bold:
      return 'b';
    case Colour::dim:
      return 'd';
    case Colour::red:
      return 'r';
    case Colour::green:
      return 'g';
    case Colour::yellow:
      return 'y';
    case Colour::plain:
      break;
  }
  return '.';
}

}  // namespace

std::string Painter::operator()(Colour colour, std::string_view text) const {
  if (!colours_ || colour == Colour::plain) return std::string(text);
  return std::string{colour_mark, letter_of(colour)} + std::string(text) + std::string{colour_mark, '.'};
}

/// From before the old picture goes until the new one stands and its height is known.
class Console::Painting {
 public:
  explicit Painting(const Console& console) : signals_(console.redraw_ ? console.signals_.get() : nullptr) {
    if (signals_ != nullptr) signals_->set_painting(true);
  }
  ~Painting() {
    if (signals_ != nullptr) signals_->set_painting(false);
  }
  Painting(const Painting&) = delete;
  Painting& operator=(const Painting&) = delete;

 private:
  SignalControl* signals_;
};

Console::Console(Shell& shell, const Redactor& redactor)
    : terminal_(shell.terminal),
      out_(shell.out),
      err_(shell.err),
      redactor_(redactor),
      colours_(wants_colour(shell.environment)),
      redraw_(can_move(shell)),
      signals_(shell.signals) {}

Console::~Console() {
  out_.flush();
  err_.flush();
}

std::string Console::output_fault() const {
  const std::lock_guard lock(mutex_);
  return output_fault_;
}

int Console::out_width() const { return terminal_.output ? std::max(terminal_.width(), 40) : 100; }

int Console::err_width() const { return terminal_.error ? std::max(terminal_.width(), 40) : 100; }

std::size_t Console::table_width() const {
  return terminal_.output ? static_cast<std::size_t>(out_width()) : std::string::npos;
}

void Console::show(std::string_view text) {
  if (!terminal_.output) return out(text);
  // Cut first: a secret with a blank in it would be found no more.
  out_revealed(fitted(printable(redactor_.redact(text)), table_width()));
}

void Console::out(std::string_view text) { out_revealed(redactor_.redact(text)); }

void Console::out_revealed(std::string_view text) {
  const std::lock_guard lock(mutex_);
  {
    const Painting painting(*this);
    erase_locked();
    err_.flush();
  }
  errno = 0;
  out_ << with_colours(printable(text), colours_ && terminal_.output) << std::flush;
  if (!out_ && !broken_) {
    const int fault = errno;
    broken_ = true;
    if (fault != EPIPE) output_fault_ = fault == 0 ? "the stream failed" : std::strerror(fault);
  }
  // Not before: whoever reads stdout may take long.
  const Painting painting(*this);
  paint_locked();
}

void Console::err(std::string_view text) {
  std::string clean = printable(redactor_.redact(text));
  if (terminal_.error) clean = fitted(clean, static_cast<std::size_t>(err_width()));
  clean = with_colours(clean, colours_ && terminal_.error);
  const std::lock_guard lock(mutex_);
  const Painting painting(*this);
  erase_locked();
  err_ << clean << std::flush;
  paint_locked();
}

void Console::draw(const std::vector<std::string>& lines) {
  if (!redraw_) return;
  std::vector<std::string> clean;
  for (const std::string& line : lines) {
    std::string text = printable(redactor_.redact(line));
    std::replace(text.begin(), text.end(), '\n', ' ');
    clean.push_back(std::move(text));
  }
  const std::lock_guard lock(mutex_);
  const Painting painting(*this);
  erase_locked();
  live_ = std::move(clean);
  paint_locked();
}

void Console::clear() {
  const std::lock_guard lock(mutex_);
  const Painting painting(*this);
  erase_locked();
  live_.clear();
  err_.flush();
}

void Console::erase_locked() {
  if (drawn_ == 0) return;
  err_ << "\x1b[" << drawn_ << "A\r\x1b[J";
  set_drawn_locked(0);
}

void Console::set_drawn_locked(std::size_t lines) {
  drawn_ = lines;
  if (signals_) signals_->set_drawn_lines(lines);
}

void Console::paint_locked() {
  if (live_.empty()) return;
  // The last column stays free: a full line would wrap, and erasing counts lines.
  const auto width = static_cast<std::size_t>(std::max(terminal_.width() - 1, 20));
  const auto height = static_cast<std::size_t>(std::max(terminal_.height() - 1, 3));
  const std::size_t shown = live_.size() <= height ? live_.size() : height - 1;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += clip(live_[i], width) + "\n";
  std::size_t drawn = shown;
  if (shown < live_.size()) {
    text += clip("  ... and " + std::to_string(live_.size() - shown) + " more lines", width) + "\n";
    ++drawn;
  }
  err_ << with_colours(text, colours_) << std::flush;
  set_drawn_locked(drawn);
}

}  // namespace muster::cli
