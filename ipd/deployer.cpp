#include "ipd/deployer.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "ipd/moment.h"
#include "ipd/unpacker.h"
#include "resources/contract/digest.h"
#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

namespace fs = std::filesystem;

/// What is kept of a script's output.
constexpr std::size_t longest_output = 64 * 1024;

constexpr std::int64_t room_for_database = std::int64_t{16} << 20;

/// Before the database is tried again.
constexpr std::chrono::seconds retry_pause{5};

/// How a script of one action failed: its late state, its failed state, and in words.
struct Step {
  const char* action;
  State late;
  State failed;
};
constexpr Step check{"check", State::check_late, State::prepare_failed};
constexpr Step prepare{"prepare", State::prepare_late, State::prepare_failed};
constexpr Step deploy_step{"deploy", State::deploy_late, State::deploy_failed};

int code_of(const ScriptEnd& end) {
  constexpr int killed = 128;  // as shells tell it
  return end.how == ScriptEnd::How::killed ? killed + end.code : end.code;
}

std::string words_of(const Step& step, const ScriptEnd& end, ExitCodes codes) {
  if (end.how == ScriptEnd::How::killed)
    return fmt::format("control.sh {} was ended by signal {}", step.action, end.code);
  std::string words = fmt::format("control.sh {} exited with {}", step.action, end.code);
  const bool is_likely_mistake = end.code == 0 && codes == ExitCodes::legacy;
  if (is_likely_mistake)
    words +=
        ", which is a failure here: IPD takes 1 for success. Let it exit 1, or upload with exit_codes=usual "
        "(exitCodes: usual in a Deployment)";
  return words;
}

Ending late(const Step& step, std::chrono::seconds limit) {
  return {step.late, std::nullopt, fmt::format("control.sh {} took longer than {} s", step.action, limit.count()), {}};
}

}  // namespace

Deployer::Deployer(const Settings& settings, Journal& journal, const Files& files, const Kept& kept, Log& log,
                   std::string path)
    : settings_(settings), journal_(journal), files_(files), kept_(kept), log_(log), path_(std::move(path)) {
  resume();
  for (int i = 0; i < settings.concurrent; ++i) workers_.emplace_back([this] { work(); });
}

Deployer::~Deployer() {
  drain(std::chrono::seconds(0));
  for (std::thread& worker : workers_) worker.join();
}

void Deployer::resume() {
  // First: killed in between, the next daemon has to find them as well.
  std::map<std::string, int> left;
  for (const std::string& id : journal_.running()) left[id] = kill_left_over(id);
  for (const Deployment& one : journal_.resume_interrupted(settings_.interruptions, now())) {
    const char* outcome = one.phase == Phase::waiting     ? "it runs again"
                          : one.phase == Phase::cancelled ? "it is cancelled, as had been asked for"
                          : one.phase == Phase::ended     ? "it is given up, after too many times"
                                                          : "a newer one of the project waits";
    const int killed = left[one.id];
    say(Level::warning, one,
        fmt::format("was interrupted{}; {}", killed > 0 ? fmt::format(", {} processes of it were killed", killed) : "",
                    outcome));
  }
  complain(files_.remove_left_over(journal_.open()));
  forget_old();
}

void Deployer::keep(const Deployment& deployment) {
  if (settings_.kept == 0) return;
  complain(kept_.keep(files_.image(deployment.id), deployment.content.image_digest));
  complain(kept_.keep(files_.package(deployment.id), deployment.content.package_digest));
}

void Deployer::forget_old() {
  try {
    complain(kept_.keep_only(journal_.worth_keeping(settings_.kept)));
  } catch (const Error& error) {
    complain({fmt::format("what is kept is not tidied up: {}", error.message())});
  }
}

void Deployer::complain(const std::vector<std::string>& complaints) {
  for (const std::string& complaint : complaints) log_.say(Level::warning, complaint);
}

void Deployer::say(Level level, const Deployment& deployment, std::string_view text) {
  log_.say(level, fmt::format("[{}] {} {}", deployment.project, deployment.id, text));
}

void Deployer::wake() {
  {
    const std::lock_guard lock(mutex_);
    news_ = true;
  }
  changed_.notify_all();  // also those listen who wait for room on the disk
}

void Deployer::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return news_ || draining_; });
    if (draining_) return;
    news_ = false;
    ++starting_;
    lock.unlock();
    std::optional<Deployment> next;
    note([&] { next = journal_.start_next(now()); });
    lock.lock();
    --starting_;
    if (!next) {
      if (draining_) changed_.notify_all();
      continue;
    }
    // Others may find something too: this one took no more than one.
    news_ = true;
    changed_.notify_all();
    std::stop_source& source = running_[next->id].stop;
    if (draining_ || cancelled_.contains(next->id)) source.request_stop();
    const std::stop_token stop = source.get_token();
    lock.unlock();
    run(*next, stop);
    lock.lock();
    running_.erase(next->id);
    news_ = true;
    changed_.notify_all();
  }
}

/// A full disk is waited for: what has ended must not be taken for interrupted. False: the daemon ends first.
bool Deployer::note(const std::function<void()>& write, const std::function<void()>& make_room) {
  while (true) {
    try {
      write();
      return true;
    } catch (const Error& error) {
      log_.say(Level::error, fmt::format("{}; tried again in {} s", error.message(), retry_pause.count()));
    }
    if (make_room) make_room();
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, retry_pause, [this] { return draining_; })) return false;
  }
}

void Deployer::run(const Deployment& deployment, const std::stop_token& stop) {
  say(Level::info, deployment, fmt::format("starts{}", deployment.interruptions > 0 ? " again" : ""));
  Ending ending;
  try {
    ending = deploy(deployment, stop);
  } catch (const std::exception& exception) {
    ending = {State::deploy_failed, std::nullopt, exception.what(), {}};
  }
  bool was_cancelled = false;
  bool was_stopped = false;
  {
    // From here on nobody stops it any more. What has ended well meanwhile stands.
    const std::lock_guard lock(mutex_);
    was_cancelled = cancelled_.erase(deployment.id) > 0;
    was_stopped = stop.stop_requested() && ending.state != State::success;
    running_[deployment.id].is_over = true;
  }
  ending.output = tail_of(files_.output(deployment.id), longest_output);
  if (was_stopped && !was_cancelled) {
    say(Level::warning, deployment, "is interrupted; the next start runs it again");
    return;
  }
  const bool is_well = ending.state == State::success;
  // It may be its own folder that has filled the disk.
  const auto make_room = [&] { complain(files_.remove_folder(deployment.project, deployment.id)); };
  // Its end is noted before its files go: killed in between, the next start removes them and runs nothing again.
  if (was_stopped) {
    if (!note([&] { journal_.end_cancelled(deployment.id, ending.output, now()); }, make_room)) return;
    complain(files_.remove(deployment.project, deployment.id));
    say(Level::info, deployment, "was cancelled");
    return;
  }
  if (is_well) keep(deployment);
  if (!note([&] { journal_.end(deployment.id, ending, now()); }, make_room)) return;
  complain(files_.remove(deployment.project, deployment.id));
  if (is_well) forget_old();
  say(is_well ? Level::info : Level::error, deployment,
      is_well ? "is deployed" : fmt::format("failed with {}: {}", static_cast<int>(ending.state), ending.words));
}

/// A folder with the image and the unpacked package; nothing when all is well.
std::optional<Ending> Deployer::set_up(const Deployment& deployment, const std::stop_token& stop) {
  const std::string& id = deployment.id;
  const fs::path package = files_.package(id);
  const fs::path folder = files_.folder(deployment.project, id);
  std::error_code fault;
  if (!fs::exists(package, fault)) return Ending{State::no_package, {}, "its package is no longer there", {}};
  if (!fs::exists(files_.image(id), fault)) return Ending{State::no_folder, {}, "its image is no longer there", {}};
  if (deployment.interruptions > 0) {
    const std::vector<std::string> complaints = files_.remove_folder(deployment.project, id);
    if (!complaints.empty()) return Ending{State::no_folder, {}, complaints.front(), {}};
  }
  // A script may have changed it: an interrupted run, or another one to which the same file was linked. What was sent
  // for this one alone is as it came, and not read again.
  const bool may_be_changed = deployment.interruptions > 0 || Kept::was_shared(files_.image(id)) ||
                              fs::hard_link_count(files_.image(id), fault) != 1;
  fault.clear();
  if (may_be_changed && digest_of_file(files_.image(id)) != deployment.content.image_digest)
    return Ending{State::no_folder, {}, "a script has changed the image in its place; upload it again", {}};
  fs::create_directory(folder, fault);
  if (!fault) fs::create_hard_link(files_.image(id), folder / deployment.content.image_name, fault);
  if (fault) return Ending{State::no_folder, {}, fmt::format("{}: {}", folder.string(), fault.message()), {}};
  // What is left is the database's, which has to note how it ends.
  const std::int64_t keep_free = std::min(settings_.keep_free, room_for_database);
  const std::int64_t missing =
      keep_free + 2 * static_cast<std::int64_t>(fs::file_size(package, fault)) - files_.free_bytes();
  if (missing > 0) kept_.give_up(missing);
  const UnpackLimits limits{settings_.max_unpacked_size, settings_.max_members, keep_free};
  const Unpacked unpacked = unpack_apart({package, folder, id, limits, settings_.check_timeout}, stop);
  if (unpacked.end == Unpacked::End::late) return Ending{State::unpack_late, {}, unpacked.words, {}};
  if (unpacked.end != Unpacked::End::done) return Ending{State::cannot_unpack, {}, unpacked.words, {}};
  if (const auto obstacle = script_obstacle(folder / "control.sh")) return Ending{State::no_script, {}, *obstacle, {}};
  return std::nullopt;
}

ScriptEnd Deployer::call(const Deployment& deployment, const char* action, std::chrono::seconds limit,
                         const std::stop_token& stop) {
  const fs::path folder = files_.folder(deployment.project, deployment.id);
  ScriptCall call;
  call.program = folder / "control.sh";
  call.arguments = {action};
  call.folder = folder;
  call.env = {{"PATH", path_}, {"DEPLOY", deployment.id}, {"PROJECT", deployment.project}};
  call.output = files_.output(deployment.id);
  call.time_limit = limit;
  return run_script(call, stop);
}

/// What is told of it meanwhile; no reason to stop it.
void Deployer::enter(const Deployment& deployment, State state) {
  try {
    journal_.enter(deployment.id, state);
  } catch (const Error& error) {
    say(Level::error, deployment, fmt::format("goes on, but that is not noted: {}", error.message()));
  }
}

Ending Deployer::deploy(const Deployment& deployment, const std::stop_token& stop) {
  if (const auto trouble = set_up(deployment, stop)) return *trouble;
  const int well = success_code(deployment.exit_codes);
  const auto failed = [&](const Step& step, const ScriptEnd& end) -> Ending {
    if (end.how == ScriptEnd::How::not_started) return {State::no_script, std::nullopt, end.words, {}};
    return {step.failed, code_of(end), words_of(step, end, deployment.exit_codes), {}};
  };
  enter(deployment, State::checking);
  const ScriptEnd checked = call(deployment, check.action, settings_.check_timeout, stop);
  if (checked.how == ScriptEnd::How::late) return late(check, settings_.check_timeout);
  if (checked.how == ScriptEnd::How::not_started) return failed(check, checked);
  if (checked.how != ScriptEnd::How::exited || checked.code != well) {
    const ScriptEnd prepared = call(deployment, prepare.action, settings_.prepare_timeout, stop);
    if (prepared.how == ScriptEnd::How::late) return late(prepare, settings_.prepare_timeout);
    const bool is_prepared = prepared.how == ScriptEnd::How::exited && (prepared.code == 0 || prepared.code == 1);
    if (!is_prepared) return failed(prepare, prepared);
  }
  enter(deployment, State::deploying);
  const ScriptEnd deployed = call(deployment, deploy_step.action, settings_.deploy_timeout, stop);
  if (deployed.how == ScriptEnd::How::late) return late(deploy_step, settings_.deploy_timeout);
  if (deployed.how != ScriptEnd::How::exited || deployed.code != well) return failed(deploy_step, deployed);
  return {State::success, std::nullopt, {}, {}};
}

Deployer::Cancelled Deployer::cancel(const std::string& id) {
  const auto found = journal_.find(id);
  if (!found) return Cancelled::not_there;
  if (journal_.cancel_waiting(id, now())) {
    complain(files_.remove(found->project, id));
    return Cancelled::done;
  }
  const std::lock_guard lock(mutex_);
  const auto running = running_.find(id);
  const bool is_over = running != running_.end() && running->second.is_over;
  // A worker that has just taken it, and does not hold it yet, finds it among the cancelled.
  if (is_over || !journal_.begin_cancel(id)) return Cancelled::not_there;
  cancelled_.insert(id);
  if (running != running_.end()) running->second.stop.request_stop();
  return Cancelled::stopping;
}

void Deployer::drain(std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  draining_ = true;
  changed_.notify_all();
  const auto is_idle = [this] { return running_.empty() && starting_ == 0; };
  if (changed_.wait_for(lock, patience, is_idle)) return;
  for (auto& [id, run] : running_) run.stop.request_stop();
  changed_.wait(lock, is_idle);
}

}  // namespace muster::ipd
