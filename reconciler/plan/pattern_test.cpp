#include "reconciler/plan/pattern.h"

#include "resources/contract/error.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;

namespace {

const std::map<std::string, std::string> blue{{"team", "blue"}};

std::vector<Subject> two_events() {
  return {{{"guest.check", "my-event/anna/ssh"}, "Workshop/my-event", &blue},
          {{"openstack.server", "my-event/anna"}, "Workshop/my-event", &blue},
          {{"openstack.server", "my-event/bert"}, "Workshop/my-event", &blue},
          {{"openstack.server", "other/anna"}, "Workshop/other", nullptr},
          {{"openstack.server", "past/carl"}, "", nullptr},
          {{"ovh.rrset", "example.com/anna.my-event/A"}, "Workshop/my-event", &blue},
          {{"ovh.rrset", "example.com/carl.past/A"}, "", nullptr},
          {{"ovh.scope", "example.com/my-event"}, "Workshop/my-event", &blue}};
}

std::string meant(const std::vector<std::string>& patterns) {
  std::string text;
  for (const ResourceId& id : ids_meant(patterns, two_events())) text += id.to_string() + "\n";
  return text;
}

std::string refusal(const std::vector<std::string>& patterns, const std::vector<Subject>& subjects = two_events()) {
  try {
    ids_meant(patterns, subjects);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::usage);
    return error.message() + " | " + error.hint();
  }
  return "";
}

}  // namespace

TEST_CASE("a name tells space and host, of servers, checks and records alike", "[selection]") {
  for (const auto& [kind, name] : {std::pair("openstack.server", "my-event/anna"),
                                   {"guest.check", "my-event/anna/ssh"},
                                   {"ovh.rrset", "example.com/anna.my-event/A"}}) {
    const ResourceId id{kind, name};
    CHECK(parts_of(id).space == "my-event");
    CHECK(parts_of(id).host == "anna");
  }
  const ResourceId scope{"ovh.scope", "example.com/my-event"};
  CHECK(parts_of(scope).space == "my-event");
  CHECK(parts_of(scope).host.empty());
}

TEST_CASE("globs", "[selection]") {
  CHECK(glob_matches("a*c", "abc"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("a*b*c", "a-b-b-c"));
  CHECK(!glob_matches("a*c", "acd"));
  CHECK(!glob_matches("", "a"));
}

TEST_CASE("a host means its server, its records and its checks, and nothing that only looks alike", "[selection]") {
  CHECK(meant({"bert"}) == "openstack.server:my-event/bert\n");
  CHECK(meant({"my-event/anna"}) ==
        "guest.check:my-event/anna/ssh\nopenstack.server:my-event/anna\novh.rrset:example.com/anna.my-event/A\n");
  CHECK(refusal({"ann"}) == "nothing matches 'ann' | did you mean 'anna'?");
  CHECK(refusal({"example"}).starts_with("nothing matches 'example'"));
}

TEST_CASE("ids, manifests and labels are patterns too", "[selection]") {
  CHECK(meant({"openstack.server:my-event/*"}) == "openstack.server:my-event/anna\nopenstack.server:my-event/bert\n");
  CHECK(meant({"other"}) == "openstack.server:other/anna\n");
  CHECK(meant({"Workshop/other"}) == meant({"other"}));
  CHECK(meant({"label:team=blue"}) == meant({"my-event"}));
  CHECK(meant({"label:team=*", "other"}) == meant({"my-event", "Workshop/other"}));
}

TEST_CASE("what a manifest left behind is called like it", "[selection]") {
  CHECK(meant({"past"}) == "openstack.server:past/carl\novh.rrset:example.com/carl.past/A\n");
}

TEST_CASE("every name that means nothing is refused, with the nearest one", "[selection]") {
  CHECK(refusal({"my-event", "my-evnt", "label:team=bleu"}) ==
        "nothing matches 'my-evnt' or 'label:team=bleu' | did you mean 'my-event'? did you mean "
        "'label:team=blue'?");
  CHECK(refusal({"openstack.server:my-event/ana"}).ends_with("did you mean 'openstack.server:my-event/anna'?"));
  CHECK(refusal({"label:team"}).starts_with("'label:team' is no label"));
  CHECK(!refusal({""}).empty());
}

TEST_CASE("a name that is a manifest and a host elsewhere is refused, its long forms are not", "[selection]") {
  std::vector<Subject> subjects = two_events();
  subjects.push_back({{"openstack.server", "anna/zoe"}, "Workshop/anna", nullptr});
  CHECK(refusal({"anna"}, subjects) ==
        "'anna' is the name of a manifest and of a host | write KIND/anna for the manifest, "
        "my-event/anna for the host");
  CHECK(ids_meant({"Workshop/anna"}, subjects).size() == 1);
  CHECK(ids_meant({"other/anna"}, subjects).size() == 1);
}
