#include "ipd/api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "ipd/moment.h"
#include "ipd/told.h"
#include "ipd/upload.h"
#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

/// What clients have sent need not be UTF-8.
Response json(const Json& value, int status = 200) {
  return {status, value.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", "application/json", {}};
}

/// What stands between the slashes below the root; nothing for a path that is not below it.
std::optional<std::vector<std::string>> path_below(const std::string& root, const std::string& path) {
  if (path == root) return std::vector<std::string>{};
  if (!path.starts_with(root + "/")) return std::nullopt;
  std::vector<std::string> parts;
  std::string_view rest = std::string_view(path).substr(root.size() + 1);
  while (true) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    parts.emplace_back(rest.substr(0, slash));
    if (slash == rest.size()) return parts;
    rest.remove_prefix(slash + 1);
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

/// What this daemon can that the original cannot, for clients that ask.
constexpr const char* features = "content, history, owner, projects";

constexpr std::size_t longest_key = 128;
constexpr std::size_t longest_owner = 1024;
constexpr int history_length = 100;

}  // namespace

/// One upload: it may be accepted when its body has ended.
class Api::Receiver : public FormReader {
 public:
  Receiver(Api& api, Caller caller, std::string key)
      : api_(api),
        caller_(std::move(caller)),
        key_(std::move(key)),
        id_(new_uuid()),
        upload_(api.files_, api.kept_, id_, {api.settings_.max_upload_size, api.settings_.keep_free},
                {[this](const std::string& project) { return caller_.user.may_touch(project); },
                 [this](const std::string& digest) { return may_take(digest); }}) {}

  void part(const std::string& name, bool has_file_name, const std::string& file_name, std::uint64_t offset,
            std::string_view bytes) override {
    upload_.part(name, has_file_name, file_name, offset, bytes);
  }

  /// Whoever has the answer finds no file of an upload that was not accepted.
  Response end(bool whole) override {
    try {
      Response response = accept(whole);
      upload_.discard();
      return response;
    } catch (const std::exception& exception) {
      upload_.discard();
      api_.log_.say(Level::error, fmt::format("an upload of {} failed: {}", caller_.user.name, exception.what()));
      return refusal(507, "err", exception.what());
    }
  }

 private:
  Response refuse(int status, const std::string& words, const std::string& project = {}) {
    api_.audit(caller_, "upload", project, "refused: " + words);
    api_.log_.say(Level::warning,
                  fmt::format("[{}] an upload of {} is refused: {}", project, caller_.user.name, words));
    return refusal(status, "err", words);
  }

  Response accept(bool whole) {
    auto taken = upload_.take(whole);
    if (const auto* why = std::get_if<Refusal>(&taken)) {
      if (why->missing.empty()) return refuse(why->status, why->words, upload_.project());
      // A question rather than a mistake: whoever asks sends it next.
      Response response = refusal(why->status, "err", why->words);
      response.headers["Ipd-Missing"] = why->missing;
      return response;
    }
    Deployment& deployment = std::get<Deployment>(taken);
    deployment.user = caller_.user.name;
    deployment.accepted_at = now();
    std::optional<Journal::Accepted> accepted;
    try {
      upload_.publish();
      accepted = api_.journal_.accept(deployment, key_, api_.settings_.longest_queue, upload_.owner());
    } catch (const std::exception&) {
      remove_files(deployment.project, id_);
      throw;
    }
    if (!accepted) {
      remove_files(deployment.project, id_);
      return refuse(400, fmt::format("{} deployments wait already", api_.settings_.longest_queue), deployment.project);
    }
    if (accepted->id != id_) {
      remove_files(deployment.project, id_);
      return plain(accepted->id);
    }
    for (const std::string& older : accepted->superseded) remove_files(deployment.project, older);
    api_.deployer_.wake();
    api_.audit(caller_, "upload", deployment.project, "accepted as " + id_);
    api_.log_.say(Level::info, fmt::format("[{}] {} is accepted from {}", deployment.project, id_, caller_.user.name));
    return plain(id_);
  }

  /// Of a project that is not this user's nothing is to be had, not even by its digest.
  bool may_take(const std::string& digest) {
    if (caller_.user.projects.empty()) return true;
    const std::vector<std::string> projects = api_.journal_.projects_with(digest);
    return std::any_of(projects.begin(), projects.end(),
                       [this](const std::string& project) { return caller_.user.may_touch(project); });
  }

  void remove_files(const std::string& project, const std::string& id) {
    for (const std::string& complaint : api_.files_.remove(project, id)) api_.log_.say(Level::warning, complaint);
  }

  Api& api_;
  const Caller caller_;
  const std::string key_;
  const std::string id_;
  Upload upload_;
};

/// A form whose part `owner` says who looks after a project.
class Api::OwnerReader : public FormReader {
 public:
  OwnerReader(Api& api, Caller caller, std::string project)
      : api_(api), caller_(std::move(caller)), project_(std::move(project)) {}

  void part(const std::string& name, bool, const std::string&, std::uint64_t offset, std::string_view bytes) override {
    if (name != "owner") return;
    if (offset == 0) owner_.emplace();
    if (owner_ && owner_->size() <= longest_owner) owner_->append(bytes);
  }

  Response end(bool whole) override {
    if (!whole || !owner_ || owner_->size() > longest_owner)
      return refusal(400, "err", fmt::format("send the part owner, up to {} bytes", longest_owner));
    try {
      api_.journal_.set_owner(project_, *owner_);
      api_.audit(caller_, "owner", project_, *owner_);
    } catch (const std::exception& exception) {
      api_.log_.say(Level::error, fmt::format("[{}] its owner is not noted: {}", project_, exception.what()));
      return refusal(507, "err", exception.what());
    }
    return plain("ok");
  }

 private:
  Api& api_;
  const Caller caller_;
  const std::string project_;
  std::optional<std::string> owner_;
};

Api::Api(const Settings& settings, Users& users, Journal& journal, Deployer& deployer, const Files& files,
         const Kept& kept, Log& log)
    : settings_(settings),
      journal_(journal),
      deployer_(deployer),
      files_(files),
      kept_(kept),
      log_(log),
      login_(users, log),
      began_(std::chrono::steady_clock::now()) {}

Verdict Api::handle(const Request& request) {
  Verdict verdict = decide(request);
  verdict.response.headers["Ipd-Features"] = features;
  return verdict;
}

Verdict Api::decide(const Request& request) {
  try {
    const auto path = path_below(settings_.api_root, request.path);
    if (!path) return {plain("not found\n", 404), nullptr};
    if (path->empty()) return {plain("Image push & Deploy\n"), nullptr};
    if (path->front().empty()) return {plain("not found\n", 404), nullptr};
    if (path->front() == "health" && path->size() == 1) return {plain("ok\n"), nullptr};
    const auto caller = login_.identify(request);
    if (const auto* refused = std::get_if<Response>(&caller)) return {*refused, nullptr};
    if (path->front() == "upload" && path->size() == 1) return upload(request, std::get<Caller>(caller));
    const bool sets_owner = request.method == "POST" && path->front() == "owner" && path->size() == 2;
    if (sets_owner) return take_owner((*path)[1], std::get<Caller>(caller));
    return {answer(request, *path, std::get<Caller>(caller)), nullptr};
  } catch (const std::exception& exception) {
    log_.say(Level::error, fmt::format("{} {}: {}", request.method, request.path, exception.what()));
    return {refusal(500, "err", exception.what()), nullptr};
  }
}

Response Api::answer(const Request& request, const std::vector<std::string>& path, const Caller& caller) {
  const std::string& what = path.front();
  const std::size_t length = path.size();
  const bool is_for_admins = (what == "list" || what == "stat" || what == "metrics" || what == "audit") && length == 1;
  if (is_for_admins && caller.user.role != Role::admin) return refusal(403, "forbidden\n", "this takes an ADMIN");
  const bool names_project = length >= 2;
  if (names_project && !caller.user.may_touch(path[1]))
    return refusal(403, "forbidden\n", "this user may not see this project");
  if (request.method == "DELETE" && what == "status" && length == 3) return cancel(path[1], path[2], caller);
  if (request.method != "GET" && request.method != "HEAD") return plain("method not allowed\n", 405);
  if (what == "list" && length == 1) return list();
  if (what == "stat" && length == 1) return stat();
  if (what == "metrics" && length == 1) return metrics();
  if (what == "audit" && length == 1) return audit_trail();
  if (what == "projects" && length == 1) return projects(caller);
  if (what == "info" && length == 1) return plain("no");
  if (what == "info" && length == 2) return info(path[1]);
  if (what == "history" && length == 2) return history(path[1]);
  if (what == "status" && length == 2) return status(path[1]);
  if (what == "status" && length == 3) return status(path[1], path[2]);
  if (what == "output" && length == 3) {
    const auto found = journal_.find(path[2]);
    if (!found || found->project != path[1]) return plain("no", 404);
    const bool may_read = caller.user.role == Role::admin || found->user == caller.user.name;
    return may_read ? output(*found) : refusal(403, "forbidden\n", "this takes an ADMIN, or who uploaded it");
  }
  return plain("not found\n", 404);
}

Verdict Api::upload(const Request& request, const Caller& caller) {
  if (request.method != "POST") return {plain("method not allowed\n", 405), nullptr};
  if (is_draining_) return {refusal(503, "err", "the daemon is about to end; try again"), nullptr};
  const std::string key = request.header("idempotency-key");
  if (key.size() > longest_key || !is_printable(key))
    return {refusal(400, "err", "an Idempotency-Key is up to 128 printable characters"), nullptr};
  // The form around the files is small, but it is more than nothing.
  constexpr std::int64_t form_size = 64 * 1024;
  if (request.content_length > settings_.max_upload_size + form_size)
    return {refusal(413, "err", fmt::format("more than {} bytes", settings_.max_upload_size)), nullptr};
  return {{}, std::make_unique<Receiver>(*this, caller, key)};
}

Verdict Api::take_owner(const std::string& project, const Caller& caller) {
  if (!caller.user.may_touch(project)) return {refusal(403, "forbidden\n", "this user may not touch this project"), {}};
  if (!journal_.project(project)) return {plain("no", 404), nullptr};
  return {{}, std::make_unique<OwnerReader>(*this, caller, project)};
}

Response Api::status(const std::string& project) const {
  auto shown = journal_.newest(project);
  // What was taken back before it ran says nothing of what runs.
  const bool never_ran = shown && shown->phase == Phase::cancelled && !shown->started_at;
  if (never_ran)
    if (auto begun = journal_.last_begun(project)) shown = std::move(begun);
  return plain(shown ? status_word(*shown) : "no");
}

Response Api::status(const std::string& project, const std::string& id) const {
  const auto found = journal_.find(id);
  return plain(found && found->project == project ? status_word(*found) : "no");
}

Response Api::info(const std::string& project) const {
  const auto known = info_of(journal_, project);
  return known ? json(*known) : plain("no");
}

/// All that the caller may touch, for who reconciles.
Response Api::projects(const Caller& caller) const {
  Json all = Json::object();
  for (const std::string& name : journal_.projects()) {
    if (!caller.user.may_touch(name)) continue;
    if (const auto known = info_of(journal_, name)) all[name] = *known;
  }
  return json(all);
}

Response Api::stat() const {
  const Counts counts = journal_.counts();
  return json({{"projects", counts.projects}, {"queue", counts.waiting}, {"uploads", counts.uploads}});
}

Response Api::list() const { return plain(fmt::format("{}", fmt::join(journal_.projects(), "\n"))); }

/// Newest first.
Response Api::audit_trail() const {
  Json body = Json::array();
  for (const AuditEntry& entry : journal_.audited(history_length)) {
    body.push_back({{"at", seconds_of(entry.at)},
                    {"user", entry.user},
                    {"address", entry.address},
                    {"action", entry.action},
                    {"subject", entry.subject},
                    {"outcome", entry.outcome}});
  }
  return json(body);
}

Response Api::history(const std::string& project) const {
  Json all = Json::array();
  for (const Deployment& one : journal_.history(project, history_length)) all.push_back(json_of(one));
  return json(all);
}

Response Api::output(const Deployment& deployment) const {
  const bool is_over = deployment.phase != Phase::running && deployment.phase != Phase::waiting;
  constexpr std::size_t most = 64 * 1024;
  Response response = plain(is_over ? journal_.output(deployment.id) : tail_of(files_.output(deployment.id), most));
  response.type = "text/plain; charset=utf-8";
  return response;
}

Response Api::metrics() const {
  const Counts counts = journal_.counts();
  const double uptime = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  std::string text;
  const auto add = [&](const char* name, const char* type, const char* help, const auto& value) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
  };
  add("ipd_projects", "gauge", "Projects known.", counts.projects);
  add("ipd_queue_depth", "gauge", "Deployments that wait.", counts.waiting);
  add("ipd_running_deployments", "gauge", "Deployments that run.", counts.running);
  add("ipd_uploads_total", "counter", "Uploads accepted.", counts.uploads);
  add("ipd_processed_bytes_total", "counter", "Bytes of images deployed with success.", counts.processed);
  add("ipd_uptime_seconds", "gauge", "Since the daemon began.", uptime);
  Response response = plain(std::move(text));
  response.type = "text/plain; version=0.0.4";
  return response;
}

Response Api::cancel(const std::string& project, const std::string& id, const Caller& caller) {
  const auto found = journal_.find(id);
  if (!found || found->project != project) return plain("no", 404);
  switch (deployer_.cancel(id)) {
    case Deployer::Cancelled::done:
      audit(caller, "cancel", id, "cancelled");
      return plain("ok");
    case Deployer::Cancelled::stopping:
      audit(caller, "cancel", id, "being stopped");
      return plain("ok", 202);
    case Deployer::Cancelled::not_there:
      break;
  }
  const auto ended = journal_.find(id);
  return refusal(409, status_word(ended.value_or(*found)), "it has ended");
}

void Api::audit(const Caller& caller, std::string action, std::string subject, std::string outcome) const {
  try {
    journal_.audit(
        {now(), caller.user.name, caller.address, std::move(action), std::move(subject), std::move(outcome)});
  } catch (const Error& error) {
    log_.say(Level::error, fmt::format("not noted for /audit: {}", error.message()));  // what was done stays done
  }
}

}  // namespace muster::ipd
