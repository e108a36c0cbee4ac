#pragma once

// What the commands that change the world have in common: the question, the run itself.

#include <chrono>
#include <functional>
#include <string>

#include "reconciler/cli/command.h"
#include "reconciler/cli/workspace.h"

namespace muster::cli {

/// A plan about which somebody was asked for longer is made again before it is carried out. Where nobody is asked it is
/// carried out whatever its reading took: what moves meanwhile is each verb's to see.
inline constexpr std::chrono::seconds longest_thought{60};

/// A line of what the person types; empty when nothing more comes.
std::string ask(Invocation& call, const std::string& question);
/// Whether the person typed a yes.
bool ask_yes(Invocation& call, const std::string& question);
/// The question stands on stderr: what it is about, as `view` shows it, goes there as well where stdout is no screen.
/// Nothing when there will be no question: because nothing is to be agreed to, or nobody is there to ask.
void show_beside_question(Invocation& call, const apply::Prepared& prepared,
                          const std::function<std::string(const Painter&, int width)>& view);
/// Throws Error(usage) when there is nobody to ask.
void refuse_without_terminal(const Invocation& call, const std::string& command, std::size_t changes);

/// Tries what may be tried only now, carries it out with its progress and shows the report. Returns the engine's exit
/// code, `when_done` instead of 0; Exit::failed, and nothing written, when the trial found an error.
int carry_out(Invocation& call, const std::string& command, Workspace& workspace, const apply::Prepared& prepared,
              int when_done = Exit::converged);

}  // namespace muster::cli
