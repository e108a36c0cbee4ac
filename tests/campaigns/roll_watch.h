#pragma once

// Looks on while a plan is carried out in any order its edges allow, and says when a roll breaks its own limits.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reconciler/plan/plan.h"
#include "tests/campaigns/planner_world.h"

namespace muster::campaign {

/// Removes an object, or the old one of a replacement.
bool is_removal(const plan::Step& step);

class RollWatch {
 public:
  /// `plan` must outlive it.
  RollWatch(const World& world, const plan::Plan& plan);

  /// What is wrong with doing `next` now; empty: nothing. `world`: as it is now.
  std::string why_not(std::size_t next, const std::vector<bool>& done, const World& world) const;

  /// The removal of an old one that goes before the new one is made.
  bool makes_a_gap(std::size_t step) const { return gaps_.contains(step); }

 private:
  struct Member {
    std::size_t roll = 0;
    std::size_t batch = 0;
    bool is_begun = true;               ///< by an earlier run
    bool is_missing = false;            ///< before
    bool is_double = false;             ///< there is an old one to go
    std::set<std::size_t> own{};        ///< its steps
    std::set<std::size_t> following{};  ///< of what depends on it
  };
  /// What may go on at a time.
  struct Limits {
    int gaps = 0;
    int surges = 0;
  };

  void add_steps();
  void add_own(std::size_t index, Member& member);
  Limits limits_of(const plan::RollPlan& roll) const;
  bool is_through(const Member& member, const std::vector<bool>& done) const;
  bool is_under_way(const Member& member, const std::vector<bool>& done) const;
  bool is_old(std::size_t step) const;
  bool has_gap(const Member& member) const;
  std::string out_of_turn(const Member& member, const std::vector<bool>& done) const;
  std::string too_many(const Member& member, const std::vector<bool>& done) const;
  std::string cuts_off(std::size_t removal, const World& world) const;

  const plan::Plan& plan_;
  std::vector<Resource> resources_;
  std::map<ResourceId, Member> members_;
  std::set<std::size_t> gaps_;
  std::map<std::size_t, int> broken_;  ///< by roll: what failed and is left as it is
  std::set<ResourceId> seen_;          ///< ours, before
};

}  // namespace muster::campaign
