#include "resources/ipd/sending.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "resources/ipd/deployment_subject.h"
#include "resources/ipd/release.h"
#include "resources/ipd/words.h"

namespace muster::ipd_driver {
namespace {

std::string file_name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool ended_badly(const std::string& status) {
  static const std::set<std::string, std::less<>> others{"", "ok", "await", "active", "cancelled", "changed", "no"};
  return !others.contains(status);
}

/// Not what was sent failed, but the server: its files, its disk, its time.
bool is_servers_failure(int state) {
  constexpr int no_package = 101;
  constexpr int no_folder = 102;
  constexpr int unpack_late = 1030;
  return state == no_package || state == no_folder || state == unpack_late;
}

}  // namespace

Upload upload_of(const Resource& resource, const Stamp& stamp) {
  const Value& wanted = resource.wanted;
  Upload upload;
  upload.project = wanted.string_at("project");
  upload.version = wanted.string_at("version");
  upload.exit_codes = wanted.string_at("exit_codes");
  upload.owner = to_words({stamp, {}});
  upload.key = stamp.incarnation.to_string() + "-" + release_of(wanted).key();
  const auto part = [&](const char* field, const char* digest) {
    const Value& at = wanted.at(field);
    const std::string path = at.string_at("path");
    return Part{path, at.bool_at("directory"), file_name_of(path), wanted.string_at(digest)};
  };
  upload.image = part("image", "image_sha256");
  upload.package = part("package", "package_sha256");
  upload.package.sent_as = "-";  // as the original's own client calls it
  return upload;
}

bool is_begun(const Deployed& newest, const Resource& resource, const Observed* observed) {
  if (release_of(newest) != release_of(resource.wanted)) return false;
  return newest.is_open() || (observed != nullptr && newest.id != observed->attributes.string_at("deployment_id"));
}

std::optional<Deployed> well_before(Client& client, const std::string& project, const Release& failed,
                                    Context& context) {
  const std::vector<Deployed> history = client.history(project, context);
  const auto before = std::find_if(history.begin(), history.end(), [&](const Deployed& one) {
    return one.status == "ok" && release_of(one) != failed;
  });
  return before == history.end() ? std::nullopt : std::optional(*before);
}

std::optional<std::string> failure_before(Client& client, const Resource& resource, const Observed* observed,
                                          const std::optional<Deployed>& newest, Context& context) {
  const std::string project = project_of(resource.id);
  const Release wanted = release_of(resource.wanted);
  const std::string seen = observed != nullptr ? observed->attributes.string_at("status") : std::string();
  if (!newest) {
    const bool has_failed = ended_badly(seen) && release_of(observed->attributes) == wanted;
    return has_failed ? std::optional(observed->evidence.empty() ? "it ended with " + seen : observed->evidence)
                      : std::nullopt;
  }
  const bool is_unhealthy = newest->status == "ok" && seen == "unhealthy";
  const bool has_failed = ended_badly(newest->status) && !is_servers_failure(newest->state);
  if (release_of(*newest) != wanted || !(is_unhealthy || has_failed)) return std::nullopt;
  if (!well_before(client, project, wanted, context)) return std::nullopt;
  return is_unhealthy ? observed->evidence : failure_of(*newest, client.output(project, newest->id, context));
}

}  // namespace muster::ipd_driver
