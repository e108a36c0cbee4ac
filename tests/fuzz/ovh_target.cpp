// What the OVH API answers: times, tokens, exports, lists of records, records, a zone's status, rights.

#include "resources/ovh/examine.h"
#include "resources/ovh/ownership.h"
#include "resources/ovh/session.h"
#include "resources/ovh/zone_api.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

const std::string zone = "example.com";

/// The first byte chooses.
ovh::Login login_by(std::string_view& input) {
  const char choice = input.empty() ? 'a' : input.front();
  if (choice != 'k' && choice != 'o') return ovh::AccessToken{"not-a-real-token"};
  input.remove_prefix(1);
  if (choice == 'k') return ovh::ApplicationKey{"key", "not-a-real-secret", "not-a-real-consumer"};
  return ovh::OAuth2Client{"client", "not-a-real-secret"};
}

void look_at(const ovh::RRsets& sets) {
  for (const auto& [key, set] : sets) {
    require(!set.targets.empty() && !set.ttls.empty(), "a set of records is not empty");
    require(key == set.key, "a set of records stands under its own key");
  }
  const ovh::Scopes scopes(sets, "f1e2d3c4");
  const auto proven = ovh::proven_sets(sets, {}, scopes);
  for (const auto& [key, set] : sets) {
    const ovh::Judgement judged = ovh::judge(set, {}, proven.contains(key), scopes);
    require(judged.ownership != Ownership::ours || proven.contains(key), "what nobody wants is ours by proof alone");
  }
}

}  // namespace

void fuzz_ovh(std::string_view input) {
  ovh::Credentials credentials{ovh::find_endpoint("ovh-eu"), login_by(input), "the fuzz test"};
  ScriptedServer server(input);
  Surroundings around;
  ovh::OvhSession session(std::move(credentials), {}, {zone}, &server);
  ovh::ZoneApi api(session, zone, around.context);
  allow_errors([&] { look_at(api.read_all()); });
  allow_errors([&] {
    for (const ovh::ZoneRecord& record : api.read_name("www"))
      require(record.name == "www", "a read by name gives that name alone");
  });
  allow_errors([&] { api.status(); });
  allow_errors([&] { session.rules(around.context); });
  ovh::examine_account(session, {}, around.context);
}

}  // namespace muster::fuzz
