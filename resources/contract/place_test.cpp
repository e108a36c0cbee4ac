#include "resources/contract/place.h"

#include "tests/support/catch.h"

using namespace muster;

namespace {

const Place events{{"project", "0123", "events"}, {"region", "GRA11", ""}};

}  // namespace

TEST_CASE("a place comes back from its text, without what the manifest says of it") {
  Place named = events;
  named[0].to_confirm = "projectId: 0123";
  named[0].confirmed = true;
  const Place back = place_from(to_text(named));
  REQUIRE(back.size() == 2);
  CHECK(back[0].to_string() == "project events (0123)");
  CHECK(back[1].to_string() == "region GRA11");
  CHECK_FALSE(back[0].confirmed);
  CHECK(place_from("").empty());
}

TEST_CASE("another id is a move unless the manifest names it; what is not told is none") {
  CHECK(unconfirmed_moves(events, events).empty());
  CHECK(unconfirmed_moves({}, events).empty());
  CHECK(unconfirmed_moves(events, {}).empty());
  Place other = events;
  other[0].id = "4567";
  other[0].name = "events";
  REQUIRE(unconfirmed_moves(events, other).size() == 1);
  CHECK(unconfirmed_moves(events, other)[0].before.id == "0123");
  other[0].confirmed = true;
  CHECK(unconfirmed_moves(events, other).empty());
  other[1].id = "SBG5";
  CHECK(unconfirmed_moves(events, other).size() == 1);
}
