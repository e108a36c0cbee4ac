// What every OpenStack must let us do. Runs unchanged against the sandbox and against a real cloud.

#include <algorithm>
#include <thread>

#include "resources/contract/error.h"
#include "resources/openstack/cloud_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::openstack {
namespace {

using muster::test::contains;
using Reach = ObserveRequest::Reach;

const Observed* find(const std::vector<Observed>& objects, const std::string& backend_id) {
  const auto found = std::find_if(objects.begin(), objects.end(),
                                  [&](const Observed& object) { return object.backend_id == backend_id; });
  return found == objects.end() ? nullptr : &*found;
}

TEST_CASE("a created server becomes ready with its stamp, its tags and an address of each version", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted, 0xfeed);
  CHECK(ready.id == wanted.id);
  CHECK(ready.ownership == Ownership::ours);
  CHECK(ready.stamp == cloud.stamp(wanted, 0xfeed));
  CHECK(ready.attributes.at("name") == wanted.wanted.at("name"));
  CHECK(ready.attributes.at("tags") == wanted.wanted.at("tags"));
  CHECK(contains(ready.attributes.string_at("ipv4"), "."));
  CHECK(contains(ready.attributes.string_at("ipv6"), ":"));
  CHECK(ready.attributes.string_at("status") == "ACTIVE");
  CHECK(ready.created != Time{});
  CHECK(ready.ever_ready);
}

TEST_CASE("reading twice tells the same, by list and by id", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  const Observation listed = cloud.observe(Reach::scope, {wanted}, {ready});
  REQUIRE(listed.complete);
  REQUIRE(listed.objects.size() == 1);
  CHECK(listed.objects.front() == ready);
  CHECK(cloud.observe(Reach::listed, {wanted}, {ready}).objects.front() == ready);
}

TEST_CASE("a server is found by its incarnation when its id never reached us", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted, 0xabc);
  const Observation seen = cloud.observe(Reach::listed, {wanted});
  CHECK(seen.complete);
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front().incarnation() == Incarnation{0xabc});
  CHECK(seen.objects.front().backend_id == ready.backend_id);
}

TEST_CASE("an update changes tags and stamp in place and keeps what others wrote", "[contract]") {
  TestCloud cloud;
  Resource wanted = cloud.server("a");
  const Observed before = cloud.created(wanted);
  Context ambient = cloud.context();
  Stamp stamp = cloud.stamp(wanted);
  stamp.protect = true;
  stamp.revision = {1'800'000'000, "abcdef0"};
  stamp.digests.clear();
  wanted.wanted.as_map()["tags"] = List{"one", "two"};
  const std::vector<FieldChange> changes{{"tags", before.attributes.at("tags"), wanted.wanted.at("tags")}};
  const Observed after = cloud.driver.update(cloud.session(), wanted, before, changes, stamp, ambient);
  CHECK(after.stamp == stamp);
  CHECK(after.backend_id == before.backend_id);
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {after});
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front().stamp == stamp);
  CHECK(seen.objects.front().attributes.at("tags") == Value(List{"one", "two"}));
}

TEST_CASE("protection is put on and taken off in place", "[contract]") {
  TestCloud cloud;
  Resource wanted = cloud.server("a");
  Stamp stamp = cloud.stamp(wanted);
  stamp.protect = true;
  Context ambient = cloud.context();
  const Observed begun = cloud.driver.create(cloud.session(), wanted, stamp, ambient);
  const Observed ready = cloud.await(wanted, {begun}, Condition::ready);
  REQUIRE(ready.stamp);
  REQUIRE(ready.stamp->protect);
  stamp.protect = false;
  cloud.driver.update(cloud.session(), wanted, ready, {{"lifecycle.protect", true, false}}, stamp, ambient);
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {ready});
  REQUIRE(seen.objects.size() == 1);
  CHECK(seen.objects.front().stamp == stamp);
}

TEST_CASE("a removed server goes, and removing it again finds nothing", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const Observed ready = cloud.created(wanted);
  Context ambient = cloud.context();
  const auto deleting = cloud.driver.remove(cloud.session(), ready, ambient);
  REQUIRE(deleting);
  CHECK(deleting->condition == Condition::deleting);
  cloud.await_gone(ready);
  CHECK_FALSE(cloud.driver.remove(cloud.session(), ready, ambient));
  const Observation seen = cloud.observe(Reach::scope, {wanted}, {ready});
  CHECK(seen.complete);
  CHECK(seen.objects.empty());
}

TEST_CASE("a server that nobody can host fails with Nova's words", "[contract]") {
  TestCloud cloud;
  Resource wanted = cloud.server("a");
  wanted.wanted.as_map()["flavor"] = "nofit";
  Context ambient = cloud.context();
  const Observed begun = cloud.driver.create(cloud.session(), wanted, cloud.stamp(wanted), ambient);
  const Observed failed = cloud.await(wanted, {begun}, Condition::failed);
  CAPTURE(failed.evidence);
  CHECK(contains(failed.evidence, "No valid host was found"));
  CHECK_FALSE(failed.ever_ready);
  const Observation listed = cloud.observe(Reach::scope, {wanted});
  CHECK(listed.complete);
  REQUIRE(listed.objects.size() == 1);
  CHECK(listed.objects.front().evidence == failed.evidence);
}

TEST_CASE("foreign servers are shown and never removed", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  const std::string same_name = cloud.foreign_server(wanted.wanted.string_at("name"));
  const std::string other = cloud.foreign_server(cloud.fleet + "-a2");
  const Observation seen = cloud.observe(Reach::scope, {wanted});
  const Observed* conflict = find(seen.objects, same_name);
  REQUIRE(conflict != nullptr);
  CHECK(conflict->id == wanted.id);
  CHECK(conflict->ownership == Ownership::foreign);
  const Observed* orphan = find(seen.foreign, other);
  REQUIRE(orphan != nullptr);
  CHECK(orphan->attributes.string_at("name") == cloud.fleet + "-a2");
  Context ambient = cloud.context();
  for (const Observed* server : {conflict, orphan}) {
    CHECK(failure_of([&] { cloud.driver.remove(cloud.session(), *server, ambient); }).fault() == Fault::conflict);
  }
  CHECK(find(cloud.observe(Reach::scope, {wanted}).objects, same_name) != nullptr);
}

TEST_CASE("another fleet's servers are foreign", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  Stamp stamp = cloud.stamp(wanted);
  stamp.fleet += "-other";
  Resource named_otherwise = wanted;
  named_otherwise.wanted.as_map()["name"] = cloud.fleet + "-b";
  Context ambient = cloud.context();
  const Observed theirs = cloud.driver.create(cloud.session(), named_otherwise, stamp, ambient);
  const Observation seen = cloud.observe(Reach::scope, {wanted});
  CHECK(seen.objects.empty());
  CHECK(find(seen.foreign, theirs.backend_id) != nullptr);
  cloud.driver.remove(cloud.session(), theirs, ambient);
}

TEST_CASE("preflight reports every problem at once, in words that help", "[contract]") {
  TestCloud cloud;
  Resource first = cloud.server("a");
  first.wanted.as_map()["image"] = cloud.ambiguous_image();
  first.wanted.as_map()["flavor"] = "d2-22";
  first.wanted.as_map()["network"] = "Ext-Nett";
  Resource second = cloud.server("b");
  second.wanted.as_map()["image"] = "Windows Server 2022";
  second.wanted.as_map()["key_pair"] = "nobody-has-this";
  second.wanted.as_map()["security_groups"] = List{"default", "missing"};
  second.wanted.as_map()["user_data"] = std::string(50'000, 'x');
  Context ambient = cloud.context();
  const auto problems =
      cloud.driver.preflight(cloud.session(), {create_of(first), create_of(second), create_of(second)}, ambient);
  std::string text;
  for (const Diagnostic& problem : problems) text += problem.message + " -- " + problem.hint + "\n";
  CAPTURE(text);
  CHECK(problems.size() == 7);
  CHECK(contains(text, "2 images are called"));
  CHECK(contains(text, "write the id instead"));
  CHECK(contains(text, "there is no flavor \"d2-22\" -- did you mean \"d2-2\"?"));
  CHECK(contains(text, "there is no network \"Ext-Nett\" -- did you mean \"Ext-Net\"?"));
  CHECK(contains(text, "there is no key pair \"nobody-has-this\""));
  CHECK(contains(text, "there is no security group \"missing\""));
  CHECK(contains(text, "takes 66668 encoded bytes, Nova accepts 65535"));
  CHECK(contains(text, "needs a disk of 50 GB, the flavor \"d2-2\" has 25"));
}

TEST_CASE("preflight has nothing to say about servers that can be made", "[contract]") {
  TestCloud cloud;
  const Resource wanted = cloud.server("a");
  Resource by_id = wanted;
  Context ambient = cloud.context();
  by_id.wanted.as_map()["image"] = cloud.session().names.image("Debian 12", ambient).id;
  by_id.wanted.as_map()["flavor"] = cloud.session().names.flavor("d2-2", ambient).id;
  by_id.wanted.as_map()["network"] = cloud.session().names.network("Ext-Net", ambient).id;
  CHECK(cloud.driver.preflight(cloud.session(), {create_of(wanted), create_of(by_id)}, ambient).empty());
}

TEST_CASE("a quota too small is told before the first write and by the create itself", "[contract]") {
  const auto cloud = TestCloud::tiny();
  const Resource wanted = cloud->server("a");
  Context ambient = cloud->context();
  const auto problems =
      cloud->driver.preflight(cloud->session(), {create_of(wanted), create_of(wanted), create_of(wanted)}, ambient);
  REQUIRE(problems.size() == 4);
  CHECK(contains(problems[0].message, "allows 2 cores, 0 are used, the plan needs 3 more"));
  CHECK(contains(problems[1].message, "allows 2 ports"));
  CHECK(contains(problems[2].message, "allows 2 servers"));
  CHECK(contains(problems[3].message, "allows 4096 MB of memory"));
  for (const Diagnostic& problem : problems) CHECK(problem.severity == Severity::error);
  Resource large = wanted;
  large.wanted.as_map()["flavor"] = "b2-15";
  const Error error = failure_of([&] { cloud->driver.create(cloud->session(), large, cloud->stamp(large), ambient); });
  CHECK(error.fault() == Fault::permanent);
  CHECK(contains(error.message(), "Quota exceeded"));
  CHECK(contains(error.message(), "req-"));
}

TEST_CASE("a token that is revoked is renewed without anybody noticing", "[contract]") {
  TestCloud cloud;
  Context ambient = cloud.context();
  Client& client = cloud.session().client;
  const auto token = client.identity().token(ambient);
  const std::string compute = endpoint_url(*token, "compute", client.identity().credentials());
  REQUIRE(cloud.observe(Reach::scope, {}).complete);
  REQUIRE(cloud.raw(net::Method::remove, client.identity().credentials().auth_url + "/auth/tokens").status == 204);
  // A service may honour a revoked token for as long as it caches it.
  while (cloud.raw(net::Method::get, compute + "/servers?limit=1").status != 401) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  CHECK(cloud.observe(Reach::scope, {}).complete);
  CHECK(client.identity().token(ambient)->value != token->value);
}

TEST_CASE("a login that is refused says where the login came from", "[contract]") {
  TestCloud cloud;
  Context ambient = cloud.context();
  Credentials wrong = cloud.session().client.identity().credentials();
  wrong.password = "not-the-password";
  OpenStackSession session(wrong, Limits{8, 100});
  const Error error = failure_of([&] { session.client.project_id(ambient); });
  CHECK(error.fault() == Fault::denied);
  CHECK(contains(error.message(), "requires authentication"));
  CHECK(contains(error.hint(), "OS_* variables"));
}

TEST_CASE("a region that does not exist is answered with those that do", "[contract]") {
  TestCloud cloud;
  Context ambient = cloud.context();
  Credentials wrong = cloud.session().client.identity().credentials();
  wrong.region = "ATLANTIS1";
  OpenStackSession session(wrong, Limits{8, 100});
  const Error error = failure_of([&] { session.client.microversion(ambient); });
  CHECK(error.fault() == Fault::invalid);
  CHECK(contains(error.message(), "ATLANTIS1"));
  CHECK(contains(error.hint(), "GRA3"));
}

}  // namespace
}  // namespace muster::openstack
