#pragma once

// Runs what was accepted: unpack, check, prepare if needed, deploy, clean up. As many at once as the settings say, one
// of a project at a time.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "ipd/files.h"
#include "ipd/journal.h"
#include "ipd/kept.h"
#include "ipd/log.h"
#include "ipd/script.h"
#include "ipd/settings.h"

namespace muster::ipd {

/// Thread-safe. What it is given must outlive it.
class Deployer {
 public:
  /// Takes up what an earlier daemon left: interrupted deployments run again, files of none are removed.
  Deployer(const Settings& settings, Journal& journal, const Files& files, const Kept& kept, Log& log,
           std::string path);
  /// As drain() without patience.
  ~Deployer();
  Deployer(const Deployer&) = delete;
  Deployer& operator=(const Deployer&) = delete;

  /// Something was accepted.
  void wake();
  enum class Cancelled { done, stopping, not_there };
  /// One that waits is cancelled; of one that runs the script is killed, and it is cancelled when that has ended.
  Cancelled cancel(const std::string& id);
  /// Starts nothing more, waits as long for what runs, then kills it: the next daemon runs it again.
  void drain(std::chrono::seconds patience);

 private:
  /// One that a worker has in hand.
  struct Run {
    std::stop_source stop;
    bool is_over = false;  ///< its script has ended, and how is being noted
  };

  void resume();
  void work();
  bool note(const std::function<void()>& write, const std::function<void()>& make_room = {});
  void run(const Deployment& deployment, const std::stop_token& stop);
  void enter(const Deployment& deployment, State state);
  Ending deploy(const Deployment& deployment, const std::stop_token& stop);
  std::optional<Ending> set_up(const Deployment& deployment, const std::stop_token& stop);
  ScriptEnd call(const Deployment& deployment, const char* action, std::chrono::seconds limit,
                 const std::stop_token& stop);
  void keep(const Deployment& deployment);
  void forget_old();
  void complain(const std::vector<std::string>& complaints);
  void say(Level level, const Deployment& deployment, std::string_view text);

  const Settings& settings_;
  Journal& journal_;
  const Files& files_;
  const Kept& kept_;
  Log& log_;
  const std::string path_;  ///< PATH for scripts

  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = true;  ///< a worker should look for something to do
  bool draining_ = false;
  int starting_ = 0;                    ///< workers that look for something to do
  std::map<std::string, Run> running_;  ///< by id
  std::set<std::string> cancelled_;     ///< of those that run or are being started
  std::vector<std::thread> workers_;
};

}  // namespace muster::ipd
