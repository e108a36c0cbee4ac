#include "reconciler/apply/document.h"

#include <yaml-cpp/yaml.h>

#include "resources/contract/error.h"
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

TEST_CASE("what other readers of YAML take for the end of a line, or for no text, is escaped") {
  const auto written = [](const char* text) { return emit_document(DocumentFormat::yaml, "", Map{{"key", text}}); };
  CHECK(written("a\xc2\x85z\n") == "key: \"a\\x85z\\n\"\n");
  CHECK(written("a\xe2\x80\xa8z\n") == "key: \"a\\u2028z\\n\"\n");
  CHECK(written("a\xe2\x80\xa9z") == "key: \"a\\u2029z\"\n");
  CHECK(written("\xef\xbb\xbfz\n") == "key: \"\\ufeffz\\n\"\n");
  CHECK(written("a\x7fz") == "key: \"a\\x7fz\"\n");
  for (const char* text : {"a\xef\xbf\xbez", "\xef\xbf\xbf", "\xef\xb7\x90", "\xf0\x9f\xbf\xbe", "\xf4\x8f\xbf\xbfz"})
    CHECK_THROWS_AS(written(text), Error);
  CHECK(written("\xef\xb7\x8f\xef\xbf\xbd\xf0\x9e\xbf\xbe") == "key: \"\xef\xb7\x8f\xef\xbf\xbd\xf0\x9e\xbf\xbe\"\n");
  CHECK(written("caf\xc3\xa9 \xc2\xa0\nz\n") == "key: |\n  caf\xc3\xa9 \xc2\xa0\n  z\n");
  CHECK(written("\xf0\x9f\x98\x80") == "key: \"\xf0\x9f\x98\x80\"\n");
}

TEST_CASE("JSON documents have sorted keys and escaped texts") {
  CHECK(emit_document(DocumentFormat::json, "", Map{{"b", "\"\n"}, {"a", 1}}) ==
        "{\n  \"a\": 1,\n  \"b\": \"\\\"\\n\"\n}\n");
}
