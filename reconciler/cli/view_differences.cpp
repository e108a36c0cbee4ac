#include "reconciler/cli/view_differences.h"

#include <fmt/format.h>

#include <algorithm>

#include "reconciler/cli/text.h"

namespace muster::cli {
namespace {

using plan::Change;

constexpr std::size_t few_differences = 6;

std::string change_values(const Change& change) {
  if (change.sensitive) return "changed (secret, not shown)";
  if (change.create_time) return "changed (set when it is created)";
  return brief_value_text(change.before) + " -> " + brief_value_text(change.after);
}

std::string cause_text(const Change& change) {
  // The manifest says the same as before; what it refers to is made anew.
  if (const auto refs = refs_in(change.after); !refs.empty()) return "follows " + refs.front().id.to_string();
  switch (change.cause) {
    case plan::Cause::manifest:
      return "the manifest changed";
    case plan::Cause::drift:
      return "changed behind muster's back";
    case plan::Cause::both:
      return "both the manifest and the world changed";
    case plan::Cause::outcome:
      return "how the last attempt ended";
    case plan::Cause::unknown:
      return "who changed it is not known";
  }
  return "";
}

bool has_place(const Change& change, const Origin& origin) {
  return !origin.file.empty() && change.cause != plan::Cause::drift && change.cause != plan::Cause::outcome &&
         !change.after.has_ref();
}

}  // namespace

void Differences::add(const ResourceId& id, const std::vector<Change>& changes, const Origin& origin) {
  ++resources_;
  for (const Change& change : changes) {
    const bool placed = has_place(change, origin);
    const Key key = key_of(change, placed ? origin.manifest : "");
    const auto [found, is_new] = shared_.try_emplace(key);
    if (is_new) order_.push_back(key);
    Shared& shared = found->second;
    shared.names.push_back(short_name(id));
    if (!placed) continue;
    const Origin place =
        places_ == nullptr ? origin : places_->find(origin.manifest, id.kind, change.field).value_or(origin);
    if (shared.first.file.empty() || place < shared.first) shared.first = place;
  }
}

std::string Differences::text(const Painter& paint, int width, Brevity& brevity) const {
  std::string text;
  if (has_merged_) brevity.leave_out();
  const std::size_t shown = brevity.first_of(order_.size(), few_differences);
  const auto room = static_cast<std::size_t>(std::max(width - 16, 30));
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [what, cause, manifest] = order_[i];
    const auto& [names, first] = shared_.at(order_[i]);
    const std::string place = first.file.empty() ? "" : ", " + first.to_string();
    text += "        " + brevity.text(what, static_cast<std::size_t>(width) - 8);
    text += paint(Colour::dim, " (" + cause + place + ")") + "\n";
    if (names.size() < resources_ || resources_ == 0) text += "          on " + brevity.names(names, room) + "\n";
  }
  if (shown < order_.size()) {
    text += fmt::format("        ... and {} other differences (--all shows them)\n", order_.size() - shown);
  }
  return text;
}

Differences::Key Differences::key_of(const Change& change, const std::string& manifest) {
  const auto refs = refs_in(change.after);
  if (!merges_ || refs.empty() || change.sensitive)
    return {change.field + ": " + change_values(change), cause_text(change), manifest};
  has_merged_ = true;
  const Ref& ref = refs.front();
  return {fmt::format("{}: the new {}", change.field, ref.attribute),
          fmt::format("each follows its {}", noun_of(ref.id.kind)), manifest};
}

}  // namespace muster::cli
