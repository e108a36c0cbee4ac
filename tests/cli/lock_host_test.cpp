// `lock: {ssh: HOST}` against a real sshd on loopback.

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "resources/contract/error.h"
#include "state/child_for_test.h"
#include "state/host_lock.h"
#include "tests/cli/party.h"
#include "tests/cli/read_back.h"
#include "tests/cli/sshd_for_test.h"
#include "tests/support/catch.h"

using muster::Error;
using muster::Fault;
using muster::state::Child;
using muster::state::HostLock;
using muster::state::LockHolder;
using muster::state::LockHost;
using muster::test::contains;
using muster::test::Party;
using muster::test::Ran;
using muster::test::Sshd;

namespace {

std::string own_uid(const char* name) { return fmt::format("{}-{}", name, ::getpid()); }

/// The file that a lock leaves in the home of the account.
void forget(const std::string& uid) {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return;
  std::error_code ignored;
  std::filesystem::remove(std::filesystem::path(home) / (".muster-lock-" + muster::digest_bytes(uid).substr(0, 32)),
                          ignored);
}

Error error_of(const LockHost& host, const std::string& uid) {
  try {
    HostLock::try_acquire(host, uid, muster::state::this_process(), {});
  } catch (const Error& error) {
    return error;
  }
  FAIL("it was no error");
  return Error(Fault::permanent, "");
}

/// Two machines and a lock host; `first` has manifests, `second` the same.
struct Machines {
  explicit Machines(muster::sandbox::SandboxOptions options = Party::quick_cloud())
      : first(2, std::move(options)), second(Party::Beside{first}) {
    for (Party* machine : {&first, &second}) {
      machine->set_variable("MUSTER_SSH", sshd.ssh_text());
      machine->write("fleet.yaml", fmt::format("apiVersion: muster/v1\nkind: Fleet\nmetadata: {{name: party}}\n"
                                               "spec: {{uid: {}, lock: {{ssh: lock-host}}}}\n",
                                               first.fleet_uid()));
    }
    for (const char* file : {"connections.yaml", "event.yaml"})
      std::filesystem::copy_file(first.directory() / file, second.directory() / file);
  }
  ~Machines() { forget(first.fleet_uid()); }

  std::uint64_t created() { return first.cloud().ledger().counts("server").created; }

  Sshd sshd;
  Party first;
  Party second;
};

/// The host's sshd sees by and by that whoever held the lock is gone.
void await_free(const LockHost& host, const std::string& uid) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (HostLock::holder(host, uid, {}) && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a lock on a host names its owner to others, and is free when the owner gives it back or is killed") {
  const Sshd sshd;
  const LockHost host{"lock-host", sshd.ssh()};
  const std::string uid = own_uid("killed");
  Child child([&](const Child::Announce& announce) -> int {
    const auto lock =
        HostLock::try_acquire(host, uid, {"bastion", 4711, muster::state::at(1'700'000'000), "muster apply"}, {});
    if (!std::holds_alternative<HostLock>(lock)) return 1;
    announce();
    muster::state::wait_to_be_killed();
  });
  REQUIRE(child.await_announcement());
  const auto refused = HostLock::try_acquire(host, uid, muster::state::this_process(), {});
  REQUIRE(std::holds_alternative<LockHolder>(refused));
  CHECK(std::get<LockHolder>(refused).to_string() ==
        "process 4711 on bastion, running since 2023-11-14T22:13:20Z: muster apply");
  CHECK(HostLock::holder(host, uid, {})->pid == 4711);
  CHECK_FALSE(HostLock::holder(host, own_uid("other"), {}).has_value());

  child.kill();
  await_free(host, uid);
  {
    const auto taken = HostLock::try_acquire(host, uid, muster::state::this_process(), {});
    CHECK(std::holds_alternative<HostLock>(taken));
  }
  CHECK_FALSE(HostLock::holder(host, uid, {}).has_value());
  forget(uid);
  forget(own_uid("other"));
}

TEST_CASE("what keeps a host from being locked is told with ssh's words and the way out") {
  const Sshd sshd;
  const std::string uid = own_uid("refused");
  const Error unknown = error_of({"lock-host", sshd.ssh("without_host_key")}, uid);
  CHECK(unknown.fault() == Fault::denied);
  CHECK(contains(unknown.message(), "cannot lock the fleet on lock-host: "));
  CHECK(contains(unknown.message(), "Host key verification failed."));
  CHECK(contains(unknown.hint(), "once by hand, and compare the key that it shows"));

  const Error denied = error_of({"lock-host", sshd.ssh("without_login")}, uid);
  CHECK(denied.fault() == Fault::denied);
  CHECK(contains(denied.message(), "Permission denied (publickey"));
  CHECK(contains(denied.hint(), "without a question"));

  const Error missing = error_of({"lock-host", {"there-is-no-such-ssh"}}, uid);
  CHECK(contains(missing.message(), "cannot start there-is-no-such-ssh: No such file or directory"));

  const Error nowhere = error_of({"no-such-host.invalid", sshd.ssh()}, uid);
  CHECK(nowhere.fault() == Fault::transient);
  CHECK(contains(nowhere.message(), "no-such-host.invalid"));
}

TEST_CASE("a host without flock is told as one") {
  const muster::state::TemporaryDirectory bin;
  for (const char* program : {"sh", "touch", "timeout"})
    std::filesystem::create_symlink(std::filesystem::path("/usr/bin") / program, bin.path() / program);
  const Sshd sshd(bin.path().string());
  const Error error = error_of({"lock-host", sshd.ssh()}, own_uid("tools"));
  CHECK(error.message() == "cannot lock the fleet on lock-host: it has no flock");
  CHECK(contains(error.hint(), "util-linux"));
}

TEST_CASE("two machines with a lock host: the second is refused while the first is at work, then finds nothing to do") {
  Machines machines;
  std::string refused;
  const Ran ran = machines.first.run_asked({"apply"}, [&] {
    const Ran second = machines.second.run({"apply", "--yes"});
    CHECK(second.code == 5);
    refused = second.err;
    const Ran doctor = machines.second.run({"doctor"});
    CHECK(contains(doctor.out, "lock on lock-host"));
    CHECK(contains(doctor.out, "held by process"));
    CHECK(machines.created() == 0);
    return "yes";
  });
  INFO(ran.screen);
  CHECK(ran.code == 0);
  CHECK(contains(refused,
                 fmt::format("another run holds the lock of fleet 'party' on lock-host: process {} on ", ::getpid())));
  CHECK(machines.created() == 2);
  const Ran second = machines.second.run({"apply", "--yes"});
  INFO(second.screen);
  CHECK(second.code == 0);
  CHECK(machines.created() == 2);
}

TEST_CASE("a machine that is killed at work leaves the lock host free for the other, which goes on") {
  if constexpr (!muster::state::children_may_start_threads) {
    WARN("not run under the thread sanitizer");
    return;
  }
  Machines machines;
  Child child([&](const auto&) { return machines.first.run({"apply", "--yes"}).code; });
  while (machines.created() == 0 && !child.has_ended()) std::this_thread::yield();
  child.kill();
  await_free({"lock-host", machines.sshd.ssh()}, machines.first.fleet_uid());
  const Ran second = machines.second.run({"apply", "--yes"});
  INFO(second.screen);
  CHECK(second.code == 0);
  CHECK(machines.first.cloud().ledger().counts("server").alive() == 2);
}

TEST_CASE("a run whose lock host is lost begins nothing more, says so, and the next one goes on") {
  auto slow = Party::quick_cloud();
  slow.openstack.boot_time = std::chrono::minutes(2);  // of a clock that is fast: some seconds
  Machines machines(slow);
  Ran ran;
  {
    const std::jthread run([&] { ran = machines.first.run({"apply", "--yes"}); });
    while (machines.created() < 2) std::this_thread::yield();
    machines.sshd.drop_connections();
  }
  INFO(ran.screen);
  CHECK(ran.code == 6);
  CHECK(contains(ran.err, "the lock on lock-host was lost: "));
  CHECK(machines.first.cloud().ledger().counts("record").created < 3);
  const Ran again = machines.first.run({"apply", "--yes"});
  INFO(again.screen);
  CHECK(again.code == 0);
  CHECK(machines.created() == 2);
  CHECK(machines.first.cloud().ledger().counts("record").alive() == 3);
}

TEST_CASE("doctor tries the lock host") {
  Machines machines;
  const Ran free = machines.first.run({"doctor"});
  INFO(free.screen);
  CHECK(contains(free.out, "lock on lock-host"));
  machines.first.set_variable("MUSTER_SSH", machines.sshd.ssh_text("without_login"));
  const Ran denied = machines.first.run({"doctor"});
  INFO(denied.screen);
  CHECK(denied.code == 1);
  CHECK(contains(denied.out, "Permission denied"));
  const Ran apply = machines.first.run({"apply", "--yes"});
  CHECK(apply.code == 1);
  CHECK(contains(apply.err, "cannot lock the fleet on lock-host"));
  CHECK(machines.created() == 0);
}
