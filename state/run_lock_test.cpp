#include "state/run_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "state/child_for_test.h"
#include "tests/support/catch.h"

namespace muster::state {
namespace {

/// Tests of several checkouts may run at once.
std::string own_uid(const char* name) { return std::string(name) + "-" + std::to_string(::getpid()); }

bool is_free(const std::string& uid) { return std::holds_alternative<RunLock>(RunLock::try_acquire(uid)); }

TEST_CASE("a fleet is locked for as long as the lock lives, and other fleets are not") {
  const std::string uid = own_uid("scope");
  {
    auto lock = RunLock::try_acquire(uid);
    REQUIRE(std::holds_alternative<RunLock>(lock));
    RunLock moved = std::get<RunLock>(std::move(lock));
    CHECK_FALSE(is_free(uid));
    CHECK(is_free(own_uid("other")));
  }
  CHECK(is_free(uid));
}

TEST_CASE("asking who holds the lock takes nothing, whether somebody has it or nobody") {
  const std::string uid = own_uid("asked");
  CHECK_FALSE(RunLock::holder(uid).has_value());
  const auto lock = RunLock::try_acquire(uid);
  REQUIRE(std::holds_alternative<RunLock>(lock));
  const auto holder = RunLock::holder(uid);
  REQUIRE(holder.has_value());
  CHECK(holder->pid == ::getpid());
  CHECK(holder->since.has_value());
}

TEST_CASE("the second process learns who holds the lock and since when, and gets it when the owner is killed") {
  const std::string uid = own_uid("killed");
  const Time before = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  Child child([&uid](const Child::Announce& announce) -> int {
    const auto lock = RunLock::try_acquire(uid);
    if (!std::holds_alternative<RunLock>(lock)) return 1;
    announce();
    wait_to_be_killed();
  });
  REQUIRE(child.await_announcement());

  const auto answer = RunLock::try_acquire(uid);
  REQUIRE(std::holds_alternative<LockHolder>(answer));
  const auto& holder = std::get<LockHolder>(answer);
  CHECK(holder.pid == child.pid());
  CHECK_FALSE(holder.host.empty());
  CHECK(holder.command.find("state_test") != std::string::npos);
  REQUIRE(holder.since.has_value());
  CHECK(*holder.since > before - std::chrono::seconds(5));
  CHECK(*holder.since < before + std::chrono::seconds(60));

  child.kill();
  CHECK(is_free(uid));
}

TEST_CASE("asking many times does not wear the answer out") {
  const std::string uid = own_uid("many");
  const auto lock = RunLock::try_acquire(uid);
  REQUIRE(std::holds_alternative<RunLock>(lock));
  for (int attempt = 0; attempt < 300; ++attempt) {
    const auto answer = RunLock::try_acquire(uid);
    REQUIRE(std::holds_alternative<LockHolder>(answer));
    REQUIRE(std::get<LockHolder>(answer).pid == ::getpid());
  }
}

TEST_CASE("a program that the owner started does not keep the lock when the owner ends") {
  const std::string uid = own_uid("inherited");
  int to_program[2];
  REQUIRE(::pipe(to_program) == 0);
  Child child([&](const Child::Announce& announce) -> int {
    const auto lock = RunLock::try_acquire(uid);
    const pid_t program = ::fork();
    if (program == 0) {
      ::dup2(to_program[0], 0);
      ::close(to_program[1]);
      ::execlp("cat", "cat", nullptr);
      ::_exit(1);
    }
    // exec has happened when /proc shows the new name.
    const std::string name_file = "/proc/" + std::to_string(program) + "/comm";
    for (std::string name; name != "cat";) std::getline(std::ifstream(name_file), name);
    announce();
    wait_to_be_killed();
  });
  REQUIRE(child.await_announcement());
  CHECK_FALSE(is_free(uid));
  child.kill();
  CHECK(is_free(uid));
  ::close(to_program[0]);
  ::close(to_program[1]);
}

TEST_CASE("a holder is described for people, with what is known") {
  CHECK(LockHolder{"bastion", 4711, at(1'700'000'000), "muster apply fleet"}.to_string() ==
        "process 4711 on bastion, running since 2023-11-14T22:13:20Z: muster apply fleet");
  CHECK(LockHolder{"bastion", 4711, at(1'700'000'000), "muster apply"}.to_string("3 min") ==
        "process 4711 on bastion, running since 2023-11-14T22:13:20Z (3 min): muster apply");
  CHECK(LockHolder{"bastion", std::nullopt, std::nullopt, ""}.to_string() == "another process on bastion");
}

}  // namespace
}  // namespace muster::state
