#include "resources/contract/diagnostic.h"

#include "tests/support/catch.h"

namespace muster {
namespace {

Diagnostic at(std::string file, int line, std::string message) {
  return {Severity::error, {std::move(file), line, 3, ""}, std::move(message), ""};
}

TEST_CASE("diagnostics are ordered by place, then message, and told once") {
  std::vector<Diagnostic> diagnostics = {at("b.yaml", 1, "x"), at("a.yaml", 10, "x"), at("a.yaml", 2, "y"),
                                         at("a.yaml", 2, "x"), at("a.yaml", 2, "y")};
  sort_diagnostics(diagnostics);
  CHECK(diagnostics == std::vector<Diagnostic>{at("a.yaml", 2, "x"), at("a.yaml", 2, "y"), at("a.yaml", 10, "x"),
                                               at("b.yaml", 1, "x")});
}

TEST_CASE("a warning alone is no error") {
  std::vector<Diagnostic> diagnostics = {{Severity::warning, {}, "plain text", ""}};
  CHECK_FALSE(has_errors(diagnostics));
  diagnostics.push_back(at("a.yaml", 1, "x"));
  CHECK(has_errors(diagnostics));
}

TEST_CASE("a typo leads to the word that was meant, another word to none") {
  const std::vector<std::string> known = {"flavor", "hosts", "image", "keyPair", "namespace", "network", "ttl", "zone"};
  CHECK(did_you_mean("flavour", known) == "flavor");
  CHECK(did_you_mean("hsots", known) == "hosts");
  CHECK(did_you_mean("nmaespcae", known) == "namespace");
  CHECK(did_you_mean("keypair", known) == "keyPair");
  CHECK(did_you_mean("tll", known) == "ttl");
  CHECK(did_you_mean("zones", known) == "zone");
  CHECK(did_you_mean("elephant", known).empty());
  CHECK(did_you_mean("x", known).empty());
  CHECK(did_you_mean("", known).empty());
  CHECK(did_you_mean("b", {"a", "c"}).empty());
}

TEST_CASE("of two equally near words the first by name is proposed") {
  CHECK(did_you_mean("tcp6", {"tcpb", "tcpa"}) == "tcpa");
}

TEST_CASE("a place prints as far as it is known") {
  CHECK(Origin{"a.yaml", 4, 7, "Workshop/x"}.to_string() == "a.yaml:4:7");
  CHECK(Origin{"a.yaml", 4, 0, ""}.to_string() == "a.yaml:4");
  CHECK(Origin{"a.yaml", 0, 0, ""}.to_string() == "a.yaml");
}

}  // namespace
}  // namespace muster
