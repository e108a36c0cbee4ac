#include "manifests/secrets.h"

#include <csignal>

#include "manifests/party_for_test.h"
#include "manifests/subprocess.h"
#include "resources/contract/error.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

using namespace std::chrono_literals;

SecretOrigin command(std::vector<std::string> words) { return {SecretOriginKind::command, std::move(words)}; }

std::string failure(Secrets& secrets, const SecretOrigin& origin) {
  try {
    secrets.read(origin);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::invalid);
    CHECK_FALSE(error.hint().empty());
    return error.message();
  }
  return "nothing failed";
}

TEST_CASE_METHOD(LoadFixture, "a secret is read without its final newline, and once") {
  const std::string file = write("secret", "two\nlines\n");
  CHECK(secrets.read({SecretOriginKind::file, {file}}) == "two\nlines");
  write("secret", "changed");
  CHECK(secrets.read({SecretOriginKind::file, {file}}) == "two\nlines");
  CHECK(secrets.read(command({"printf", "%s\\n", "a b"})) == "a b");
  environment.variables["HOME"] = path(".");
  CHECK(secrets.read({SecretOriginKind::file, {"~/secret"}}) == "changed");
}

TEST_CASE_METHOD(LoadFixture, "commands run without a shell and without input") {
  CHECK(secrets.read(command({"echo", "$HOME;`id`"})) == "$HOME;`id`");
  CHECK(failure(secrets, command({"cat"})) == "the secret from cat is empty");
}

TEST_CASE_METHOD(LoadFixture, "a secret that cannot be read says which and why") {
  CHECK(failure(secrets, {SecretOriginKind::env, {"UNSET"}}) == "the environment variable UNSET is not set");
  CHECK(failure(secrets, {SecretOriginKind::file, {path("none")}}) ==
        "the secret file " + path("none") + " does not exist");
  CHECK(failure(secrets, {SecretOriginKind::file, {write("empty", "\n")}}) ==
        "the secret from " + path("empty") + " is empty");
  CHECK(failure(secrets, command({"sh", "-c", "echo locked >&2; exit 7"})) ==
        "the secret command `sh -c echo locked >&2; exit 7` exited with status 7: locked");
  CHECK(failure(secrets, command({"no-such-program-anywhere"})).find("could not be started") != std::string::npos);
  CHECK(failure(secrets, {SecretOriginKind::plain, {"gone.yaml:1:1"}}).find("is not loaded") != std::string::npos);
}

TEST_CASE_METHOD(LoadFixture, "a command that hangs is stopped with its children") {
  Secrets impatient(environment, redactor, 200ms);
  const auto before = std::chrono::steady_clock::now();
  CHECK(failure(impatient, command({"sh", "-c", "sleep 60 & sleep 60"})).find("was stopped") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - before < 20s);
}

TEST_CASE("a digest of a secret is the published PBKDF2 of it") {
  // 200,000 rounds of PBKDF2-HMAC-SHA256, computed with Python's hashlib.
  const std::string uid = "0123456789abcdef0123456789abcdef";
  const std::string digest = secret_digest(uid, "Party.spec.password", "correct-horse-sample");
  CHECK(digest == "1e3058ccd3952a6144097a4037094a28354874987a5a599093918c1f07d90adc");
  CHECK(secret_digest("00112233445566778899aabbccddeeff", "Party.spec.password", "correct-horse-sample") != digest);
  CHECK(secret_digest(uid, "Party.spec.pin", "correct-horse-sample") != digest);
}

TEST_CASE("a subprocess ends in the way it is said to") {
  using End = SubprocessResult::End;
  const auto good = run_subprocess({"sh", "-c", "echo out; echo err >&2"}, 10s);
  CHECK(good.succeeded());
  CHECK(good.output == "out\n");
  CHECK(good.errors == "err\n");
  CHECK(run_subprocess({"sh", "-c", "exit 3"}, 10s).status == 3);
  const auto killed = run_subprocess({"sh", "-c", "kill -TERM $$"}, 10s);
  CHECK(killed.end == End::signalled);
  CHECK(killed.status == SIGTERM);
  CHECK(run_subprocess({"yes"}, 10s, 1000).end == End::too_much_output);
  CHECK(run_subprocess({"sh", "-c", "echo done; sleep 60 & exit 0"}, 10s).output == "done\n");
}

}  // namespace
}  // namespace muster::manifests
