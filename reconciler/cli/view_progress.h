#pragma once

// A run while it goes on: drawn in place on a terminal, one line per event elsewhere, records with --json.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "reconciler/apply/execute.h"
#include "reconciler/cli/console.h"

namespace muster::cli {

/// The last word of each verb that takes long. Thread-safe: workers write, the coordinator reads.
class ProgressNotes : public ProgressSink {
 public:
  void progress(const ResourceId& id, std::string_view text) override;
  /// `listener` gets what is about no single thing, one at a time, until another one is set.
  void listen(std::function<void(std::string_view)> listener);
  /// Empty when there is none.
  std::string of(const ResourceId& id) const;

 private:
  mutable std::mutex mutex_;
  std::map<ResourceId, std::string> notes_;
  std::function<void(std::string_view)> listener_;
};

/// How long after an unclear create an object of this kind may still appear.
using QuietWindow = std::function<std::chrono::seconds(std::string_view kind)>;

enum class ProgressStyle { live, lines, records };

/// All must outlive it.
class ProgressView : public apply::EventSink {
 public:
  /// `stop`: what Ctrl+C asks for.
  ProgressView(Console& console, Clock& clock, const ProgressNotes& notes, QuietWindow quiet_window,
               std::stop_token stop, ProgressStyle style, bool verbose);
  /// Takes the live area off the screen.
  ~ProgressView() override;

  void step_changed(const plan::Plan& plan, std::size_t step, apply::StepState state, const std::string& text) override;
  void tick(const plan::Plan& plan, const std::vector<apply::StepState>& states) override;

  std::chrono::milliseconds elapsed() const;
  /// Why each step that is left to the next run did not end; by step.
  const std::map<std::size_t, std::string>& left_because() const { return left_because_; }

 private:
  std::string begin_look_up(const plan::Step& planned, std::size_t step, const std::string& text);
  std::string why_left(std::size_t step, const std::string& text) const;
  void write_line(const plan::Step& step, apply::StepState state, const std::string& text);
  void write_record(const plan::Step& step, std::size_t index, apply::StepState state, const std::string& text);
  /// One per kind that is being looked up.
  std::vector<std::string> look_up_lines(const plan::Plan& plan) const;
  std::string group_line(const plan::Plan& plan, const std::vector<apply::StepState>& states, const std::string& group,
                         const std::vector<std::size_t>& steps, std::size_t title_width) const;
  /// " (BUILD)": what was last said of a step; empty when nothing was.
  std::string note_on(const plan::Plan& plan, std::size_t step) const;
  std::string waits_for(const plan::Plan& plan, const std::vector<apply::StepState>& states,
                        const std::vector<std::size_t>& steps) const;

  Console& console_;
  Clock& clock_;
  const ProgressNotes& notes_;
  QuietWindow quiet_window_;
  std::stop_token stop_;
  ProgressStyle style_;
  bool verbose_;
  std::chrono::steady_clock::time_point began_;
  std::map<std::size_t, std::string> said_;       ///< the last text on each step
  std::map<std::size_t, Time> may_appear_until_;  ///< steps that are looked up, or were when the run ended
  std::map<std::size_t, std::string> left_because_;
};

}  // namespace muster::cli
