#include <algorithm>
#include <stdexcept>

#include "tests/fuzz/target.h"

namespace muster::fuzz {

const std::vector<Target>& targets() {
  static const std::vector<std::string> json{"{",
                                             "}",
                                             "[",
                                             "]",
                                             "\":",
                                             ",",
                                             "null",
                                             "true",
                                             "1e999",
                                             "\\u0000",
                                             "-1",
                                             "[[[[[[[",
                                             "{\"a\":",
                                             "\\ud800",
                                             "\n==== 200\n",
                                             "\n==== 404\n",
                                             "9223372036854775808"};
  static const std::vector<Target> all{
      {"archive",
       fuzz_archive,
       {std::string("ustar\00000", 8),
        "ustar  ",
        "../",
        "/",
        "..",
        std::string(1, '\0'),
        "77777777777",
        std::string("0000000\0", 8),
        "1",
        "2",
        "3",
        "5",
        "g",
        "x",
        "L",
        "K",
        "S",
        "\x1f\x8b\x08",
        "BZh9",
        ("\xfd"
         "7zXZ"),
        "30 path=../../../../evil12345\n",
        "19 linkpath=/etc/x\n",
        "22 GNU.sparse.size=9999\n"}},
      {"error_body", fuzz_error_body, json},
      {"keystone", fuzz_keystone, json},
      {"manifests",
       fuzz_manifests,
       {"---\n",
        "...\n",
        "&a ",
        "*a",
        "!!str ",
        "<<: ",
        "|\n",
        ">-\n",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "? ",
        "#",
        "\t",
        "\r\n",
        "'",
        "\"",
        "\xef\xbb\xbf",
        "\\x00",
        "%TAG ! tag:",
        "kind: Workshop\n",
        "hosts: 10000\n",
        "18446744073709551616"}},
      {"nova", fuzz_nova, json},
      {"ovh", fuzz_ovh, json},
      {"plan_file", fuzz_plan_file, json},
      {"user_data",
       fuzz_user_data,
       {"\n",
        "\r",
        "\t",
        " \n",
        "#",
        "'",
        "\"",
        "\\",
        "${",
        "`",
        "|",
        "\xc2\x85",
        "\xe2\x80\xa8",
        "\xef\xbb\xbf",
        "\xef\xbf\xbe",
        "\xf0\x9f\x98\x80",
        "\x7f",
        "\x1b",
        ": ",
        "- ",
        "---\n",
        "{version}"}},
      {"zone_text",
       fuzz_zone_text,
       {"$ORIGIN ", "$TTL ", "@", " IN ", " TXT ", " A ", "(", ")", ";", "\"", "\\", "\\255", "\n ", "2147483647w",
        "_muster", "heritage=muster,version=1,fleet=", "rrsets=1:"}},
  };
  return all;
}

const Target* find_target(std::string_view name) {
  const auto found =
      std::find_if(targets().begin(), targets().end(), [name](const Target& one) { return one.name == name; });
  return found == targets().end() ? nullptr : &*found;
}

void require(bool holds, std::string_view property) {
  if (!holds) throw std::logic_error("a property does not hold: " + std::string(property));
}

}  // namespace muster::fuzz
