#include "manifests/yaml_reader.h"

#include <chrono>
#include <string>

#include "manifests/party_for_test.h"
#include "tests/support/catch.h"

namespace muster::manifests {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t plenty = 100'000;

std::string first_problem(std::string_view text) {
  const YamlFile file = read_yaml("f", text, plenty);
  return file.diagnostics.empty() ? "none" : print({file.diagnostics.front()});
}

TEST_CASE("documents are separated by --- and ended by ..., empty ones do not count") {
  const YamlFile file = read_yaml("f", "# only a comment\n---\na: 1\n---\n---\nb: 2\n...\nc: 3\n", plenty);
  CHECK(file.diagnostics.empty());
  REQUIRE(file.documents.size() == 3);
  CHECK(file.documents[0].root->members[0].key == "a");
  CHECK(file.documents[2].root->members[0].line == 8);
  CHECK(read_yaml("f", "", plenty).documents.empty());
}

TEST_CASE("what a scalar looks like is kept, whatever it would mean elsewhere") {
  const YamlFile file = read_yaml("f", "a: 010\nb: '010'\nc: |\n  no\nd: null\ne: 'null'\nf: \"\\u00e9\"\n", plenty);
  REQUIRE(file.documents.size() == 1);
  const Node& root = *file.documents[0].root;
  CHECK(root.find("a")->value->text == "010");
  CHECK_FALSE(root.find("a")->value->quoted);
  CHECK(root.find("b")->value->quoted);
  CHECK(root.find("c")->value->text == "no\n");
  CHECK(root.find("c")->value->quoted);
  CHECK(root.find("d")->value->shape == Node::Shape::null);
  CHECK(root.find("e")->value->text == "null");
  CHECK(root.find("f")->value->text == "\xc3\xa9");
}

TEST_CASE("text left over after a document is not silently taken for another one") {
  CHECK(first_problem("\"a\" \"b\"\n").find("f:1:5: error: the document above ends before this text") == 0);
}

TEST_CASE("quotes that never end are found even where the library lets the file close them") {
  CHECK(first_problem("a: 'it''s\n").find("f:1:4: error: a quoted text never ends") == 0);
  CHECK(first_problem("a: &x \"b\\\"\n").find("f:1:4: error: a quoted text never ends") == 0);
  CHECK(first_problem("a: 'it''s'\nb: \"\\\"\"\n") == "none");
}

TEST_CASE("an escape that the library does not write as UTF-8 is refused where it stands") {
  CHECK(first_problem("a: b\nc: \"x\\N\"\n").find("f:2:4: error: an escape in this text does not give UTF-8") == 0);
  CHECK(first_problem("c: \"\\_\"\n").find("f:1:4: error: an escape") == 0);
  CHECK(first_problem("c: \"\\u0085 \\u00a0 \\L\"\n") == "none");
}

TEST_CASE("tabs are refused in indentation only") {
  CHECK(first_problem("a:\tb\nc: [1,\n\t2]\nd: |\n  x\n  \ty\n") == "none");
  CHECK(first_problem("a:\n\t- b\n").find("f:2:") == 0);
}

TEST_CASE("a great many keys that occur twice are told of in no time") {
  std::string text;
  for (int round = 0; round < 2; ++round) {
    for (int key = 0; key < 50'000; ++key) text += "k" + std::to_string(key) + ": 1\n";
  }
  const auto began = std::chrono::steady_clock::now();
  const YamlFile file = read_yaml("many.yaml", text, 1'000'000);
  REQUIRE(file.diagnostics.size() == 50'000);
  CHECK(file.diagnostics.at(49'999).hint == "remove one; the first is at line 50000");
  // Comparing each with all takes minutes.
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
}

TEST_CASE("any damage to a document ends in documents or in diagnostics with a place") {
  const std::string sound =
      "apiVersion: muster/v1\nkind: Party # \xc3\xa9\nmetadata: {name: a, labels: {b: \"c\\n\"}}\nspec:\n"
      "  hosts: [anna, 'bert']\n  notes: &n\n    k: |\n      text\n  other: *n\n  list:\n  - a\n  - {b: c}\n---\n- x\n";
  const auto check = [](const std::string& text) {
    const YamlFile file = read_yaml("f", text, plenty);
    for (const Diagnostic& one : file.diagnostics) {
      if (one.where.line < 1 || one.where.column < 1 || one.message.empty()) FAIL_CHECK(text);
    }
    for (const Document& document : file.documents) {
      if (!document.root) FAIL_CHECK(text);
    }
    return file.documents.size() + file.diagnostics.size();
  };
  std::size_t results = 0;
  for (std::size_t length = 0; length <= sound.size(); ++length) results += check(sound.substr(0, length));
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (const char damage : "\t\n \"'[]{}:-?,&*#|>!%@`x\x04\xff\0"sv) {
      std::string text = sound;
      text[at] = damage;
      results += check(text);
    }
  }
  CHECK(results > sound.size());
}

}  // namespace
}  // namespace muster::manifests
