// Secrets of manifests: where they are read, what they leave behind, who can do without.

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "manifests/party_for_test.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

TEST_CASE_METHOD(LoadFixture,
                 "secrets become holes with a digest that depends on the fleet, the field and the bytes only") {
  write_fleet();
  environment.variables["PARTY_PASSWORD"] = "correct-horse-sample";
  write("pass.txt", "correct-horse-sample\n");
  write("party.yaml", party("  hosts: [anna]\n  password: {env: PARTY_PASSWORD}\n"));
  const Load by_environment = load();
  REQUIRE(by_environment.ok());
  const Value& hole = only_party(by_environment).spec.at("password");
  REQUIRE(secrets_in(hole).size() == 1);
  const Secret first = secrets_in(hole)[0];
  CHECK(first.digest ==
        secret_digest("0123456789abcdef0123456789abcdef", "Party.spec.password", "correct-horse-sample"));
  CHECK(redactor.redact("it is correct-horse-sample!") == "it is [secret]!");

  write("party.yaml", party("  hosts: [anna]\n  password: {file: pass.txt}\n"));
  const Load by_file = load();
  REQUIRE(by_file.ok());
  const Secret second = secrets_in(only_party(by_file).spec.at("password"))[0];
  CHECK(second.origin == SecretOrigin{SecretOriginKind::file, {path("pass.txt")}});
  CHECK(second.digest == first.digest);
}

TEST_CASE_METHOD(LoadFixture, "equal secrets show as equal within one field only, wherever they stand in its list") {
  write_fleet();
  environment.variables["ONE"] = "correct-horse-sample";
  environment.variables["TWO"] = "another-sample";
  write("party.yaml", party("  hosts: [anna]\n  password: {env: ONE}\n  keys: [{env: ONE}, {env: TWO}, {env: ONE}]\n"));
  const Load loaded = load();
  INFO(print(loaded.diagnostics));
  REQUIRE(loaded.ok());
  const Value& spec = only_party(loaded).spec;
  const Secret password = secrets_in(spec.at("password")).at(0);
  const std::vector<Secret> keys = secrets_in(spec.at("keys"));
  REQUIRE(keys.size() == 3);
  CHECK(keys[0].digest != password.digest);
  CHECK(keys[0].digest != keys[1].digest);
  CHECK(keys[0].digest == keys[2].digest);
}

TEST_CASE_METHOD(LoadFixture,
                 "a secret that many manifests need and nobody can read is told once, with its first places") {
  write_fleet();
  const auto manifest = [](int number) {
    return fmt::format(
        "apiVersion: muster/v1\nkind: Party\nmetadata: {{name: p{0}}}\nspec:\n  cloud: here\n  hosts: [host]\n"
        "  password: {{env: UNSET_VARIABLE}}\n",
        number);
  };
  const std::string hint = "  set it before muster starts: export UNSET_VARIABLE=...\n";
  const std::string problem = "1.yaml:7:13: error: spec.password: the environment variable UNSET_VARIABLE is not set";
  write("1.yaml", manifest(1));
  CHECK(problems() == problem + "\n" + hint);
  write("2.yaml", manifest(2));
  CHECK_FALSE(load().ok());
  CHECK(problems().starts_with(problem + " (it is needed at "));
  CHECK(problems().find("2.yaml:7:13 too)\n" + hint) != std::string::npos);
  for (int number = 3; number <= 6; ++number) write(fmt::format("{}.yaml", number), manifest(number));
  const std::vector<Diagnostic> found = load().diagnostics;
  REQUIRE(found.size() == 1);
  CHECK(found[0].message.find("3.yaml:7:13 and 3 more places too)") != std::string::npos);
  CHECK(load().resources.empty());

  write("7.yaml",
        "apiVersion: muster/v1\nkind: Party\nmetadata: {name: p7}\nspec: {cloud: here, hosts: [host], password: "
        "{env: ANOTHER_UNSET}}\n");
  CHECK(load().diagnostics.size() == 2);
}

TEST_CASE_METHOD(LoadFixture, "without revealing secrets nothing is read and no digest is made") {
  write_fleet();
  write("party.yaml", party("  hosts: [anna]\n  password: {env: UNSET_VARIABLE}\n"));
  LoadOptions options;
  options.reveal_secrets = false;
  const Load loaded = load(options);
  REQUIRE(loaded.diagnostics.empty());
  CHECK(secrets_in(only_party(loaded).spec.at("password"))[0].digest.empty());
}

TEST_CASE_METHOD(LoadFixture, "a secret that may lack is told apart, once, and what needs it has no digest") {
  write_fleet();
  write("a.yaml", party("  hosts: [anna]\n  password: {env: UNSET_VARIABLE}\n"));
  LoadOptions options;
  options.secrets_may_lack = true;
  const Load loaded = load(options);
  CHECK(loaded.diagnostics.empty());
  CHECK(loaded.resources.size() == 1);
  CHECK(secrets_in(only_party(loaded).spec.at("password"))[0].digest.empty());
  const std::vector<Diagnostic> warnings = warnings_of(loaded.unread);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].severity == Severity::warning);
  CHECK(warnings[0].message == "spec.password is not compared: the environment variable UNSET_VARIABLE is not set");
}

TEST_CASE_METHOD(LoadFixture,
                 "what is over, or has not begun, needs no secret; of all else each that lacks is an error") {
  write("fleet.yaml",
        "apiVersion: muster/v1\nkind: Fleet\nmetadata: {name: test}\n"
        "spec: {uid: 0123456789abcdef0123456789abcdef, defaults: {Party: {password: {env: UNSET_VARIABLE}}}}\n"
        "---\napiVersion: muster/v1\nkind: Cloud\nmetadata: {name: here}\n");
  write("a.yaml", party("  hosts: [anna]\n  from: 2025-12-31T00:00:00Z\n  expires: 2026-01-01T00:00:00Z\n"));
  const std::string lacks =
      "fleet.yaml:4:76: error: spec.password: the environment variable UNSET_VARIABLE is not set\n"
      "  set it before muster starts: export UNSET_VARIABLE=...\n";
  CHECK(problems() == lacks);
  LoadOptions options;
  constexpr std::int64_t begins = 1'767'139'200;
  constexpr std::int64_t ends = 1'767'225'600;
  for (const std::int64_t during : {begins, ends - 1}) {
    options.now = Time(std::chrono::seconds(during));
    CHECK(problems(options) == lacks);
    CHECK(load(options).resources.empty());
  }
  for (const std::int64_t beside : {begins - 1, ends}) {
    options.now = Time(std::chrono::seconds(beside));
    const Load loaded = load(options);
    CHECK(loaded.diagnostics.empty());
    CHECK(loaded.resources.size() == 1);
    REQUIRE(loaded.unread.size() == 1);
    CHECK(loaded.unread[0].manifest == "Party/summer");
    CHECK(warnings_of(loaded.unread).at(0).message ==
          "spec.password is not compared: the environment variable UNSET_VARIABLE is not set");
  }

  write("b.yaml", "apiVersion: muster/v1\nkind: Party\nmetadata: {name: other}\nspec: {cloud: here, hosts: [bert]}\n");
  CHECK(problems(options) == lacks);
}

TEST_CASE_METHOD(LoadFixture, "a secret in clear is a warning, and is cut from every text") {
  write_fleet();
  write("party.yaml", party("  hosts: [anna]\n  password: opensesame-sample\n"));
  const Load loaded = load();
  CHECK(loaded.ok());
  REQUIRE(loaded.diagnostics.size() == 1);
  CHECK(loaded.diagnostics[0].severity == Severity::warning);
  CHECK(redactor.redact("opensesame-sample") == "[secret]");
  const Secret secret = secrets_in(only_party(loaded).spec.at("password"))[0];
  CHECK(reveal(secret, secrets) == "opensesame-sample");
  CHECK(to_canonical_json(only_party(loaded).spec).find("opensesame") == std::string::npos);
}

}  // namespace
}  // namespace muster::manifests
