#include "resources/contract/observed.h"

#include "resources/contract/error.h"
#include "tests/support/catch.h"

namespace muster {
namespace {

TEST_CASE("every condition and ownership comes back from its word") {
  for (const auto condition : {Condition::incomplete, Condition::progressing, Condition::ready, Condition::failed,
                               Condition::deleting, Condition::unknown}) {
    CHECK(condition_from(to_string(condition)) == condition);
  }
  for (const auto ownership : {Ownership::ours, Ownership::claimable, Ownership::foreign}) {
    CHECK(ownership_from(to_string(ownership)) == ownership);
  }
}

TEST_CASE("another word is refused and named") {
  CHECK_THROWS_WITH(condition_from("ACTIVE"), "\"ACTIVE\" is no condition");
  CHECK_THROWS_AS(ownership_from(""), Error);
}

TEST_CASE("an incarnation is sixteen hex digits and nothing else") {
  CHECK(Incarnation{0x1a}.to_string() == "000000000000001a");
  CHECK(parse_incarnation("000000000000001a") == Incarnation{0x1a});
  CHECK(parse_incarnation("ffffffffffffffff") == Incarnation{UINT64_MAX});
  CHECK_FALSE(parse_incarnation("1a"));
  CHECK_FALSE(parse_incarnation("000000000000001A"));
  CHECK_FALSE(parse_incarnation("000000000000001a0"));
  CHECK_FALSE(parse_incarnation("-00000000000001a"));
}

TEST_CASE("a revision comes back from its text, and the newer one is greater") {
  const Revision revision{1700000000, "3f2a91c"};
  CHECK(revision.to_string() == "1700000000-3f2a91c");
  CHECK(parse_revision(revision.to_string()) == revision);
  CHECK(Revision{}.to_string() == "0-");
  CHECK(parse_revision("0-") == Revision{});
  CHECK(Revision{1700000001, "0"} > revision);
  for (const char* text : {"", "-", "17", "x-3f", "17x-3f", "17-3f 2", "17-3g", "99999999999999999999-3f"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_revision(text));
  }
}

}  // namespace
}  // namespace muster
