#include "reconciler/cli/view_plan_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reconciler/cli/json.h"
#include "reconciler/cli/text.h"
#include "reconciler/cli/view_error.h"
#include "resources/contract/driver.h"
#include "resources/contract/error.h"

namespace muster::cli {
namespace {

constexpr std::size_t few = 20;

std::string run_text(const state::Run& run) {
  return fmt::format("run {} of {} carried it out, {}", run.id, run.who, minute_text(run.started));
}

Error refusal(const MatchShown& shown) {
  const std::string by = shown.done_by ? fmt::format(" ({})", run_text(*shown.done_by)) : "";
  const std::string again = fmt::format("muster plan -o {} plans again", shown.path);
  if (shown.match.all_done) {
    return {Fault::conflict, fmt::format("everything in {} is done already{}; nothing was done", shown.path, by),
            "muster plan shows what is pending now"};
  }
  const std::size_t moved = shown.match.moved.size();
  if (moved == 0) {
    return {Fault::conflict,
            fmt::format("{} was carried out before{}, and is good for once; nothing was done", shown.path, by), again};
  }
  return {Fault::conflict,
          fmt::format("{} is not carried out: {} moved since it was written{}; nothing was done", shown.path,
                      moved == 1 ? "a step of it has" : fmt::format("{} steps of it have", moved), by),
          again};
}

}  // namespace

std::string moved_text(const MatchShown& shown, const Painter& paint) {
  // What came up since is no reason against a file that moved; of one that is done it is all there is to know.
  Brevity brevity(shown.verbose);
  std::string text = shown.match.all_done ? pending_text(shown.match, shown.width, brevity) : "";
  const std::vector<plan::Moved>& moved = shown.match.moved;
  const std::size_t told = shown.match.all_done ? 0 : brevity.first_of(moved.size(), few);
  for (std::size_t i = 0; i < told; ++i)
    text += fmt::format("  {} {}\n        {}\n", to_string(moved[i].verb), moved[i].id.to_string(), moved[i].what);
  if (told > 0 && told < moved.size())
    text += fmt::format("  ... and {} more (--all shows them)\n", moved.size() - told);
  return text + error_text(refusal(shown), paint);
}

std::string moved_records(const MatchShown& shown) {
  std::string text;
  for (const plan::Moved& moved : shown.match.moved) {
    Json json = record("moved");
    json["id"] = moved.id.to_string();
    json["verb"] = to_string(moved.verb);
    json["done"] = moved.is_done;
    json["what"] = moved.what;
    text += line(json);
  }
  for (const plan::Pending& pending : shown.match.also_pending) {
    Json json = record("pending");
    json["id"] = pending.id.to_string();
    json["verb"] = to_string(pending.verb);
    text += line(json);
  }
  return text + error_record(refusal(shown));
}

std::string pending_text(const plan::FileMatch& match, int width, Brevity& brevity) {
  std::map<std::pair<Verb, std::string>, std::vector<std::string>> rows;
  for (const plan::Pending& pending : match.also_pending)
    rows[{pending.verb, pending.id.kind}].push_back(short_name(pending.id));
  std::string text;
  for (const auto& [what, names] : rows) {
    const std::string head =
        fmt::format("  {} {}: ", to_string(what.first), counted(names.size(), noun_of(what.second)));
    const auto room = static_cast<std::size_t>(std::max(width - static_cast<int>(head.size()), 20));
    text += head + brevity.names(names, room) + "\n";
  }
  if (!text.empty()) text = "\nalso pending, not in the plan, and not done:\n" + text;
  if (match.left_out > 0) {
    text += fmt::format("\n{} left out of the plan by its --only and --except\n",
                        match.left_out == 1 ? "1 change was" : fmt::format("{} changes were", match.left_out));
  }
  return text;
}

}  // namespace muster::cli
