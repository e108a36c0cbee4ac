#include "resources/ovh/session.h"

#include <nlohmann/json.hpp>

namespace muster::ovh {
namespace {

/// Empty when it is not told.
std::string text_in_rule(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

OvhSession::OvhSession(Credentials credentials, Budget budget, std::vector<std::string> zones, net::Network* network)
    : client_(std::move(credentials), budget, network), zones_(std::move(zones)) {}

bool OvhSession::may_export(const std::string& zone) const {
  const std::lock_guard lock(mutex_);
  return no_export_.count(zone) == 0;
}

void OvhSession::cannot_export(const std::string& zone) {
  const std::lock_guard lock(mutex_);
  no_export_.insert(zone);
}

bool OvhSession::may_batch() const {
  const std::lock_guard lock(mutex_);
  return batch_;
}

void OvhSession::cannot_batch() {
  const std::lock_guard lock(mutex_);
  batch_ = false;
}

std::optional<std::vector<AccessRule>> OvhSession::rules(Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (rules_asked_) return rules_;
  }
  std::optional<std::vector<AccessRule>> found;
  std::string why;
  try {
    const nlohmann::json credential = client_.get("/auth/currentCredential", context);
    if (const auto rules = credential.find("rules"); rules != credential.end() && rules->is_array()) {
      found.emplace();
      for (const auto& rule : *rules) found->push_back({text_in_rule(rule, "method"), text_in_rule(rule, "path")});
    } else {
      why = "OVH told no rules of this key";
    }
  } catch (const ApiError& error) {
    if (error.answer().concerns_account()) throw;
    why = error.message();
  }
  const std::lock_guard lock(mutex_);
  rules_asked_ = true;
  rules_ = std::move(found);
  rules_unknown_ = std::move(why);
  return rules_;
}

std::string OvhSession::rules_unknown() const {
  const std::lock_guard lock(mutex_);
  return rules_unknown_;
}

bool OvhSession::begin_refresh_trial(const std::string& zone) {
  const std::lock_guard lock(mutex_);
  return refresh_tried_.insert(zone).second;
}

bool OvhSession::begin_refresh_warning(const std::string& zone) {
  const std::lock_guard lock(mutex_);
  return refresh_warned_.insert(zone).second;
}

std::shared_ptr<const RRsets> OvhSession::last_read(const std::string& zone) const {
  const std::lock_guard lock(mutex_);
  const auto found = reads_.find(zone);
  return found == reads_.end() ? nullptr : found->second;
}

void OvhSession::remember_read(const std::string& zone, std::shared_ptr<const RRsets> sets) {
  const std::lock_guard lock(mutex_);
  reads_[zone] = std::move(sets);
}

void OvhSession::forget_read(const std::string& zone) {
  const std::lock_guard lock(mutex_);
  reads_.erase(zone);
}

void OvhSession::note_before(const std::string& zone, const RRsetKey& key, const std::set<std::string>& targets) {
  const std::lock_guard lock(mutex_);
  before_[zone].try_emplace(key, targets);
}

Before OvhSession::before(const std::string& zone) const {
  const std::lock_guard lock(mutex_);
  const auto found = before_.find(zone);
  return found == before_.end() ? Before{} : found->second;
}

void OvhSession::set_before(const std::string& zone, const RRsetKey& key, const std::set<std::string>& targets) {
  const std::lock_guard lock(mutex_);
  before_[zone][key] = targets;
}

void OvhSession::forget_before(const std::string& zone, const RRsetKey& key) {
  const std::lock_guard lock(mutex_);
  before_[zone].erase(key);
}

OvhSession& ovh_session(Session& session) {
  auto* ours = dynamic_cast<OvhSession*>(&session);
  if (ours == nullptr)
    throw Error(Fault::permanent, "a session of another connection kind was given to the OVH drivers",
                "the resource must name an OvhAccount as its connection");
  return *ours;
}

}  // namespace muster::ovh
