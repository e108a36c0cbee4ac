#pragma once

// All a planner is told, as one value that can be generated, changed a little, written down and read again.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/plan/make_plan.h"
#include "reconciler/plan/plan.h"
#include "reconciler/plan/snapshot.h"

namespace muster::campaign {

struct World {
  std::uint64_t seed = 0;  ///< what decides by chance while the world is put to the test
  std::vector<Resource> resources{};
  std::vector<Observed> objects{};              ///< foreign ones of ids that nobody wants as well
  std::map<plan::Scope, std::string> unread{};  ///< why; all other scopes were read completely
  std::vector<plan::OpenCreate> open_creates{};
  std::vector<plan::Debt> debts{};
  std::set<std::pair<std::string, ResourceId>> claims{};
  std::set<ResourceId> known{};
  std::map<ResourceId, std::map<std::string, std::string>> applied{};  ///< half a minute ago
  Revision revision{};
  plan::GuardLimit guard{};
  std::map<std::string, plan::GuardLimit> guard_by_kind{};
  plan::Options options{};
  Time now{};
  std::vector<std::string> only{};    ///< of a selection
  std::vector<std::string> except{};  ///< of a selection
};

/// A world's inputs with what they refer to. The world must outlive it and stay as it is.
class Given {
 public:
  explicit Given(const World& world);
  plan::Inputs inputs() const;
  plan::Plan plan() const { return make_plan(inputs()); }
  plan::Memory& memory() { return memory_; }

 private:
  const World& world_;
  plan::FleetFacts fleet_;
  plan::Snapshot snapshot_;
  plan::Memory memory_;
};

plan::Plan plan_of(const World& world);

/// Every id that `resource` cannot do without: needs, refs, what it is inside of and reached through.
std::set<ResourceId> needs_of(const Resource& resource);

/// Whether our stamp, our place or our claim is on it.
bool is_ours(const World& world, const Observed& object);

/// Throws Error(invalid) when the text is no world.
World world_from_json(std::string_view text);
std::string to_json(const World& world);

World read_world(const std::filesystem::path& file);
void write_world(const World& world, const std::filesystem::path& file);

}  // namespace muster::campaign
