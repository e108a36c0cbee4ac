#include "ipd/told.h"

#include <chrono>
#include <utility>

namespace muster::ipd {

std::int64_t seconds_of(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

Json json_of(const Deployment& deployment) {
  Json one{{"id", deployment.id},
           {"project", deployment.project},
           {"version", deployment.version},
           {"user", deployment.user},
           {"status", status_word(deployment)},
           {"state", static_cast<int>(deployment.state)},
           {"image_name", deployment.content.image_name},
           {"image_sha256", deployment.content.image_digest},
           {"image_size", deployment.content.image_size},
           {"package_sha256", deployment.content.package_digest},
           {"exit_codes", to_string(deployment.exit_codes)},
           {"interruptions", deployment.interruptions},
           {"accepted", seconds_of(deployment.accepted_at)}};
  if (deployment.exit_code) one["exit_code"] = *deployment.exit_code;
  if (!deployment.words.empty()) one["words"] = deployment.words;
  if (deployment.started_at) one["started"] = seconds_of(*deployment.started_at);
  if (deployment.ended_at) one["ended"] = seconds_of(*deployment.ended_at);
  return one;
}

std::optional<Json> info_of(Journal& journal, const std::string& project) {
  const auto known = journal.project(project);
  const auto newest = journal.newest(project);
  if (!known || !newest) return std::nullopt;
  const auto begun = journal.last_begun(project);
  const State state = begun ? begun->state : newest->phase == Phase::waiting ? State::accepted : State::never_run;
  Json body{{"start", seconds_of(known->first_seen)},
            {"start_count", known->start_count},
            {"processed", known->processed},
            {"state", static_cast<int>(state)}};
  if (begun && begun->phase == Phase::running && !begun->version.empty()) body["version"] = begun->version;
  if (const auto deployed = journal.deployed(project)) body["deployed"] = json_of(*deployed);
  body["newest"] = json_of(*newest);
  if (std::string owner = journal.owner(project); !owner.empty()) body["owner"] = std::move(owner);
  return body;
}

}  // namespace muster::ipd
