#include "reconciler/plan/season.h"

namespace muster::plan {

Season season_of(const Resource& resource, Time now) {
  const Lifecycle& lifecycle = resource.lifecycle;
  if (lifecycle.until && now >= *lifecycle.until) return Season::over;
  if (lifecycle.from && now < *lifecycle.from) return Season::early;
  return Season::current;
}

}  // namespace muster::plan
