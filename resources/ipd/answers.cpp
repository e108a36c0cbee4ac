#include "resources/ipd/answers.h"

#include <nlohmann/json.hpp>

#include "resources/contract/error.h"
#include "resources/ipd/json_text.h"
#include "resources/net/json_body.h"

namespace muster::ipd_driver {
namespace {

using Json = nlohmann::json;

std::int64_t number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

Time time_at(const Json& object, const char* name) {
  constexpr std::int64_t latest = 253'402'300'800;  // the year 10000
  const std::int64_t seconds = number_at(object, name);
  return seconds > 0 && seconds < latest ? Time(std::chrono::seconds(seconds)) : Time{};
}

Deployed deployed_from(const Json& object) {
  Deployed one;
  one.id = text_at(object, "id");
  one.version = text_at(object, "version");
  one.user = text_at(object, "user");
  one.status = text_at(object, "status");
  one.state = static_cast<int>(number_at(object, "state"));
  one.words = text_at(object, "words");
  one.image_name = text_at(object, "image_name");
  one.image_sha256 = text_at(object, "image_sha256");
  one.package_sha256 = text_at(object, "package_sha256");
  one.exit_codes = text_at(object, "exit_codes");
  one.accepted = time_at(object, "accepted");
  one.ended = time_at(object, "ended");
  return one;
}

std::optional<Deployed> deployed_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return std::nullopt;
  return deployed_from(*found);
}

Project project_from(const Json& json) {
  Project project;
  project.start = number_at(json, "start");
  project.start_count = number_at(json, "start_count");
  project.state = static_cast<int>(number_at(json, "state"));
  project.newest = deployed_at(json, "newest");
  project.deployed = deployed_at(json, "deployed");
  project.owner = text_at(json, "owner");
  return project;
}

Error no_answer_of_ipd() {
  return Error(Fault::transient, "the answer is none of an IPD server's",
               "check the url of the IpdServer: it ends in the server's API_ROOT, /deploy by default");
}

}  // namespace

std::optional<Project> project_in(std::string_view body) {
  if (body == "no") return std::nullopt;
  const Json json = net::json_body(body);
  if (!json.is_object() || !json.contains("start_count")) throw no_answer_of_ipd();
  return project_from(json);
}

std::map<std::string, Project> projects_in(std::string_view body) {
  const Json json = net::json_body(body);
  if (!json.is_object()) throw no_answer_of_ipd();
  std::map<std::string, Project> projects;
  for (const auto& [name, one] : json.items())
    if (one.is_object()) projects.emplace(name, project_from(one));
  return projects;
}

std::vector<Deployed> history_in(std::string_view body) {
  const Json json = net::json_body(body);
  if (!json.is_array()) throw no_answer_of_ipd();
  std::vector<Deployed> history;
  for (const Json& one : json)
    if (one.is_object()) history.push_back(deployed_from(one));
  return history;
}

}  // namespace muster::ipd_driver
