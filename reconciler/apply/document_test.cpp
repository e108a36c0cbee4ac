#include "reconciler/apply/document.h"

#include <yaml-cpp/yaml.h>

#include "tests/support/catch.h"

using namespace muster;
using muster::apply::emit_document;

TEST_CASE("a YAML document reads as people write it") {
  const Value body = Map{{"packages", List{"curl", "jq"}},
                         {"write_files", List{Map{{"path", "/etc/motd"}, {"content", "two\nlines\n"}}}},
                         {"ssh_pwauth", true}};
  CHECK(emit_document(DocumentFormat::yaml, "#cloud-config\n", body) ==
        "#cloud-config\n"
        "packages:\n"
        "  - \"curl\"\n"
        "  - \"jq\"\n"
        "ssh_pwauth: true\n"
        "write_files:\n"
        "  - content: |\n"
        "      two\n"
        "      lines\n"
        "    path: \"/etc/motd\"\n");
}

TEST_CASE("every text comes back from a YAML document byte for byte") {
  const char* texts[] = {
      "",        " ",           "yes",   "0o17",     "null",          "~",        "- a",          "a: b",   "#x",
      "\n",      "\n\n",        "a\n",   "a\n\n",    "\na\n",         " a\nb\n",  "a \nb\n",      "a\tb\n", "a\r\nb\n",
      "\"q'\\n", "${HOME} `x`", "%YAML", "\x01\x7f", "caf\xc3\xa9\n", "a\n\nb\n", "a\n  b\n c\n", "|",      ">\n"};
  for (const char* text : texts) {
    const std::string document = emit_document(DocumentFormat::yaml, "", Map{{"outer", Map{{"key", List{text}}}}});
    INFO(document);
    CHECK(YAML::Load(document)["outer"]["key"][0].as<std::string>() == text);
  }
}

TEST_CASE("JSON documents have sorted keys and escaped texts") {
  CHECK(emit_document(DocumentFormat::json, "", Map{{"b", "\"\n"}, {"a", 1}}) ==
        "{\n  \"a\": 1,\n  \"b\": \"\\\"\\n\"\n}\n");
}
