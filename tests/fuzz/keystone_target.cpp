// What Keystone answers to a login: a token and its catalog, or anything else.

#include "resources/net/http.h"
#include "resources/openstack/identity.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {

void fuzz_keystone(std::string_view input) {
  ScriptedServer server(input);
  Surroundings around;
  net::HttpClient http({}, &server);
  openstack::Credentials login;
  login.source = "the fuzz test";
  login.auth_url = "https://keystone.example.org/v3";
  login.username = "somebody";
  login.password = "not-a-real-password";
  login.project_name = "project";
  openstack::Identity identity(login, http);
  for (int attempt = 0; attempt < 3; ++attempt) {
    allow_errors([&] {
      const auto token = identity.token(around.context);
      require(!token->value.empty(), "a token has a value");
      for (const char* type : {"compute", "image", "network"}) {
        allow_errors([&] {
          const std::string url = openstack::endpoint_url(*token, type, login);
          require(!url.ends_with('/'), "the URL of an endpoint has no slash at its end");
        });
      }
      identity.forget(token->value);
    });
  }
}

}  // namespace muster::fuzz
