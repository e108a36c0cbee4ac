#pragma once

// One project of an IPD server on its way to being seen as a resource: what a reading of any server shares.

#include <chrono>
#include <optional>
#include <string>

#include "resources/contract/driver.h"
#include "resources/ipd/client.h"

namespace muster::ipd_driver {

/// What is known of one project before it is looked at.
struct Subject {
  ResourceId id;
  const Resource* wanted = nullptr;
  const Observed* known = nullptr;

  /// The deployment that a step waits for; empty: none.
  std::string awaited(ObserveRequest::Reach reach) const;
  /// A step looks for what a create without an answer may have begun.
  bool is_looked_up(ObserveRequest::Reach reach) const;
  /// A step waits for it: what is not well has failed. Later it is a difference, and is made up for.
  bool is_waited_for(ObserveRequest::Reach reach) const;
  /// The page that has to answer, {url, status, timeout}; null: none has to.
  const Value& health() const;
};

/// "web" of ipd.deployment:shop/web.
std::string project_of(const ResourceId& id);

/// The object of a project about which nothing is known but its name: whoever reads adds to it.
Observed unread(const Subject& subject, const std::string& project);

void set(Observed& object, const char* name, Value value);
void set_content(Observed& object, const Deployed& content);
void forget_content(Observed& object);
/// How often an original has begun a deployment of the project, and since when it counts.
void set_counters(Observed& object, const Project& project);

/// The script of deployment `id` ended well: ready once its page has answered. That is asked no more then; until its
/// patience ends, by this machine's clock, the object is progressing. Where something else is wanted nothing is asked.
Observed with_health(Observed object, const Subject& subject, const std::string& id, ObserveRequest::Reach reach,
                     Context& context);

}  // namespace muster::ipd_driver
