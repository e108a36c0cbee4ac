#include "resources/workshop/hosts.h"

#include <fmt/format.h>

#include <set>

#include "resources/workshop/fixture_for_test.h"
#include "tests/support/catch.h"

namespace muster::workshop {
namespace {

std::vector<std::string> labels_of(const Value& hosts, std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> labels;
  for (const Host& host : hosts_of(sample_workshop({{"hosts", hosts}}), "my-super-event", diagnostics)) {
    labels.push_back(host.label);
  }
  return labels;
}

// IP-2. Hosts that exist carry these names: the derivation must never change.
TEST_CASE("unnamed hosts get five lower-case letters that stay the same for ever") {
  CHECK(derived_names("my-super-event", 3) == std::vector<std::string>{"zmcfh", "xitqs", "tiotx"});
  CHECK(derived_names("other-event", 1) != derived_names("my-super-event", 1));
}

TEST_CASE("a workshop that grows renames nobody, and no name comes twice") {
  const std::vector<std::string> many = derived_names("e", 20'000);
  const std::set<std::string> distinct(many.begin(), many.end());
  CHECK(distinct.size() == many.size());
  for (const std::string& name : distinct) {
    if (name.size() != 5 || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos) FAIL(name);
  }
  for (const int count : {0, 1, 7, 5'000}) {
    CHECK(derived_names("e", count) == std::vector<std::string>(many.begin(), many.begin() + count));
  }
}

TEST_CASE("hosts are a count, a list of names, or both") {
  std::vector<Diagnostic> diagnostics;
  const std::vector<std::string> derived = derived_names("my-super-event", 2);
  CHECK(labels_of(2, diagnostics) == derived);
  CHECK(labels_of(0, diagnostics).empty());
  CHECK(labels_of(List{"alpha", "b-2"}, diagnostics) == std::vector<std::string>{"alpha", "b-2"});
  CHECK(labels_of(Map{{"count", 2}, {"names", List{"alpha"}}}, diagnostics) ==
        std::vector<std::string>{"alpha", derived[0], derived[1]});
  CHECK(diagnostics.empty());
}

TEST_CASE("a retired host goes alone: the others keep their names, and later growth skips it") {
  std::vector<Diagnostic> diagnostics;
  const std::vector<std::string> five = labels_of(5, diagnostics);
  const auto without = [&](std::vector<std::string> names, std::size_t index) {
    std::erase(names, five[index]);
    return names;
  };
  for (std::size_t index = 0; index < five.size(); ++index) {
    const Map retiring{{"count", 4}, {"retire", List{five[index]}}};
    CHECK(labels_of(retiring, diagnostics) == without(five, index));
  }
  const Map grown{{"count", 6}, {"retire", List{five[1]}}};
  CHECK(labels_of(grown, diagnostics) == without(labels_of(7, diagnostics), 1));
  CHECK(labels_of(4, diagnostics) == std::vector<std::string>(five.begin(), five.begin() + 4));
  CHECK(diagnostics.empty());
}

TEST_CASE("a retired name that was never derived is refused, with the nearest that was") {
  std::vector<Diagnostic> diagnostics;
  labels_of(Map{{"count", 2}, {"retire", List{"zmcfg"}}}, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "zmcfg is none of the first 3 derived names, so it cannot be retired");
  CHECK(diagnostics[0].hint == "did you mean \"zmcfh\"?");
  diagnostics.clear();
  labels_of(Map{{"count", 2}, {"retire", List{"zmcfh", "zmcfh"}}}, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "the host zmcfh is retired twice");
}

TEST_CASE("a host named twice is refused where it stands") {
  std::vector<Diagnostic> diagnostics;
  labels_of(List{"alpha", "beta", "alpha"}, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "the host alpha is listed twice");
  CHECK(diagnostics[0].where.line == 12);
  CHECK(diagnostics[0].hint == "it stands at event.yaml:10:3 already");
}

TEST_CASE("a given name that an unnamed host has too is refused") {
  std::vector<Diagnostic> diagnostics;
  const std::string taken = derived_names("my-super-event", 2)[1];
  labels_of(Map{{"count", 1}, {"names", List{taken}}}, diagnostics);
  CHECK(diagnostics.empty());
  labels_of(Map{{"count", 2}, {"names", List{taken}}}, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message ==
        fmt::format("the host name {} is also that of an unnamed host of this workshop", taken));
}

TEST_CASE("a name that is no DNS label is refused") {
  const std::vector<std::string> labels = {
      "", "-a", "a-", "a_b", "Alpha", "a.b", "\xc3\xa9", "a b", std::string(64, 'a')};
  for (const std::string& label : labels) {
    INFO(label);
    CHECK_FALSE(is_label(label));
    std::vector<Diagnostic> diagnostics;
    CHECK(labels_of(List{label}, diagnostics).empty());
    CHECK(diagnostics.size() == 1);
  }
}

TEST_CASE("labels may hold dashes and begin with digits") {
  for (const std::string& label :
       {std::string("my-super-event"), std::string("9a"), std::string("a"), std::string(63, 'a')}) {
    CHECK(is_label(label));
  }
}

}  // namespace
}  // namespace muster::workshop
