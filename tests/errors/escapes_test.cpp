// What others say never steers the terminal, stdout or a record.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

using namespace muster::test;

namespace {

/// A title, a cleared screen, C1 controls, a turned direction, a carriage return, and a line that looks like ours.
const std::string hostile = "\x1b]0;owned\x07\x1b[2J \u009b2J \u202etxt.exe \r100 % done\nerror: all is well";

/// A line of its own would look like a message of ours.
bool forges_a_line(const std::string& screen) {
  return screen.find("\nerror: all is well") != std::string::npos || screen.starts_with("error: all is well");
}

bool is_harmless(const std::string& screen) {
  const bool has_control = std::any_of(screen.begin(), screen.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte < ' ' && letter != '\n' && letter != '\t') || byte == 0x7f;
  });
  return !has_control && screen.find("\u009b") == std::string::npos && screen.find("\u202e") == std::string::npos &&
         !forges_a_line(screen);
}

void check_harmless(const Ran& ran) {
  INFO(ran.out << ran.err);
  CHECK(is_harmless(ran.out));
  CHECK(is_harmless(ran.err));
}

nlohmann::json refusal(const std::string& service, const std::string& method, const std::string& path) {
  const nlohmann::json body = service == "ovh" ? nlohmann::json{{"class", "Client::Forbidden"}, {"message", hostile}}
                                               : nlohmann::json{{"forbidden", {{"code", 403}, {"message", hostile}}}};
  return {{"service", service}, {"method", method}, {"path", path},
          {"action", "status"}, {"status", 403},    {"headers", {{"Content-Type", "application/json"}}},
          {"body", body.dump()}};
}

std::vector<nlohmann::json> records(const std::string& text) {
  std::vector<nlohmann::json> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(nlohmann::json::parse(line));
  return result;
}

}  // namespace

TEST_CASE("a server's words reach neither terminal nor record unescaped") {
  Party party(1);
  for (const std::string service : {"nova", "ovh", "keystone", "glance", "neutron"}) {
    party.cloud().faults().load({{"rules", {refusal(service, ".*", "")}}});
    for (const std::string command : {"plan", "status", "list", "drift", "orphans"}) {
      check_harmless(party.run({command}));
      check_harmless(party.run({command, "-v"}));
      const Ran json = party.run({command, "--json"});
      check_harmless(json);
      records(json.out);
    }
  }
  party.cloud().faults().load({{"rules", {refusal("nova", "POST", "/servers")}}});
  const Ran applied = party.run({"apply", "--yes"});
  check_harmless(applied);
  CHECK(applied.err.find("\\u001b]0;owned\\u0007") + applied.out.find("\\u001b]0;owned\\u0007") !=
        2 * std::string::npos);
  const Ran json = party.run({"apply", "--yes", "--json"});
  check_harmless(json);
  const auto all = records(json.out);
  const bool is_whole = std::any_of(all.begin(), all.end(), [](const nlohmann::json& record) {
    return record.dump().find("owned") != std::string::npos;
  });
  CHECK(is_whole);
}

TEST_CASE("an answer that is no text at all is shown as far as it can be") {
  Party party(1);
  std::string body =
      "\xff\xfe\x9b"
      "2J\x1b[2J" +
      hostile;
  body += '\0';
  nlohmann::json rule{{"service", "nova"}, {"path", "/servers/detail"}, {"action", "status"}, {"status", 400}};
  party.cloud().faults().load({{"rules", {rule}}});
  muster::sandbox::Fault fault;
  check_harmless(party.run({"plan"}));
  rule["body"] = hostile;
  party.cloud().faults().load({{"rules", {rule}}});
  check_harmless(party.run({"plan"}));
}

TEST_CASE("manifests, their names, variables and secret commands reach no terminal unescaped") {
  Party party(1);
  party.write("odd\x1b[2J\rname.yaml",
              "apiVersion: muster/v1\nkind: \"Work\\e[2Jshop\"\nmetadata: {name: \"a\\rb\\x9b\"}\n"
              "spec: {\"\\e]0;owned\\a\": 1, hosts: \"\\u202e\"}\n");
  party.write(
      "command.yaml",
      "apiVersion: muster/v1\nkind: Workshop\nmetadata: {name: second}\nspec:\n  project: cloud\n"
      "  dns: {account: dns, zone: example.com}\n  hosts: 0\n  image: \"x\\e[2J\"\n  flavor: \"y\\u202e\"\n"
      "  login: {password: {command: [sh, -c, \"printf '\\\\033[2J\\\\rerror: all is well\\\\n' >&2; exit 1\"]}}\n");
  for (const std::string command : {"validate", "plan"}) {
    const Ran ran = party.run({command});
    CHECK(ran.code == 3);
    check_harmless(ran);
    const Ran json = party.run({command, "--json"});
    check_harmless(json);
    records(json.out);
  }
  Party other(1);
  other.set_variable("OS_CLOUD", hostile);
  other.set_variable("OVH_ENDPOINT", hostile);
  check_harmless(other.run({"plan"}));
  check_harmless(other.run({"plan", hostile}));
  check_harmless(other.run_as_given({hostile}));
  check_harmless(other.run_as_given({"plan", "--" + hostile}));
  check_harmless(other.run_as_given({"plan", "--state", hostile + "/state.db"}));
}

TEST_CASE("a host or record of others with an odd name is listed harmlessly") {
  Party party(1);
  REQUIRE(party.run({"apply", "--yes"}).code == 0);
  party.cloud().faults().load({{"rules",
                                {{{"service", "ovh"},
                                  {"path", "/export"},
                                  {"action", "status"},
                                  {"status", 200},
                                  {"headers", {{"Content-Type", "application/json"}}},
                                  {"body", nlohmann::json("$TTL 60\n\x1b[2J.my-event IN A 127.0.0.1\n").dump()}}}}});
  check_harmless(party.run({"list"}));
  check_harmless(party.run({"plan", "--max-age", "0"}));
}
