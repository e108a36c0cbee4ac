#include "resources/workshop/roll.h"

#include <string>

#include "resources/workshop/fixture_for_test.h"
#include "tests/support/catch.h"

namespace muster::workshop {
namespace {

struct Told {
  Roll roll;
  std::string complaint;
};

Told roll_of_workshop(const Map& written, std::size_t hosts, const std::string& replace = "roll") {
  Map roll{{"surge", "1"}};
  for (const auto& [name, value] : written) roll[name] = value;
  const Map lifecycle{{"replace", replace}, {"roll", std::move(roll)}};
  std::vector<Diagnostic> diagnostics;
  Told told;
  told.roll = roll_of(sample_workshop({{"lifecycle", lifecycle}}), hosts, diagnostics);
  REQUIRE(diagnostics.size() <= 1);
  if (diagnostics.empty()) return told;
  told.complaint = (diagnostics[0].severity == Severity::error ? "error: " : "warning: ") + diagnostics[0].message;
  CHECK_FALSE(diagnostics[0].hint.empty());
  return told;
}

Roll numbers(const Map& written, std::size_t hosts) {
  const Told told = roll_of_workshop(written, hosts);
  CHECK(told.complaint.empty());
  return told.roll;
}

}  // namespace

TEST_CASE("a roll that says nothing replaces one host after another, the new one before the old one goes") {
  CHECK(numbers({}, 30) == Roll{1, 0, 1});
}

TEST_CASE("a batch is as many as may be under way at a time, unless it says otherwise") {
  CHECK(numbers({{"surge", "3"}, {"maxUnavailable", "2"}}, 30) == Roll{5, 2, 3});
  CHECK(numbers({{"batch", "5"}}, 30) == Roll{5, 0, 1});
}

TEST_CASE("without a surge one host at a time is removed first") {
  CHECK(numbers({{"surge", "0"}}, 30) == Roll{1, 1, 0});
}

TEST_CASE("shares are of the hosts: batch and surge rounded up, those that are missing rounded down") {
  const Map shares{{"batch", "20%"}, {"surge", "10%"}, {"maxUnavailable", "10%"}};
  CHECK(numbers(shares, 30) == Roll{6, 3, 3});
  CHECK(numbers(shares, 6) == Roll{2, 0, 1});
  CHECK(numbers(shares, 1) == Roll{1, 0, 1});
}

TEST_CASE("more than there are hosts is fine") {
  CHECK(numbers({{"batch", "500"}, {"surge", "70"}}, 3) == Roll{500, 0, 70});
}

TEST_CASE("numbers that let nothing happen are an error") {
  CHECK(roll_of_workshop({{"surge", "0"}, {"maxUnavailable", "0"}}, 6).complaint ==
        "error: surge and maxUnavailable are both 0: no host could be replaced");
  CHECK(roll_of_workshop({{"surge", "0"}, {"maxUnavailable", "10%"}}, 6).complaint ==
        "error: surge is 0, and maxUnavailable, 10% of 6, is less than one host: none could be replaced");
  CHECK(roll_of_workshop({{"surge", "0"}, {"maxUnavailable", "10%"}}, 0).complaint.empty());
}

TEST_CASE("numbers that another policy leaves without effect are warned about") {
  CHECK(roll_of_workshop({{"batch", "5"}}, 6, "hold").complaint ==
        "warning: spec.lifecycle.roll has no effect: spec.lifecycle.replace is hold");
  CHECK(roll_of_workshop({}, 6, "hold").complaint.empty());
}

}  // namespace muster::workshop
