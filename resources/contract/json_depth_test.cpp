#include "resources/contract/json_depth.h"

#include <string>

#include "tests/support/catch.h"

using muster::json_depth;

TEST_CASE("brackets nest, and those in strings do not") {
  CHECK(json_depth("") == 0);
  CHECK(json_depth("5") == 0);
  CHECK(json_depth(R"({"a": [1, {"b": []}], "c": {}})") == 4);
  CHECK(json_depth(R"(["[[[", "\"[[", "\\"])") == 1);
  CHECK(json_depth("]]]][") == 1);
  CHECK(json_depth(std::string(1 << 20, '[')) == 1 << 20);
}
