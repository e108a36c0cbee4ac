#include "resources/ovh/credentials.h"

#include "resources/contract/error.h"
#include "resources/contract/secret.h"
#include "resources/ovh/account.h"
#include "resources/ovh/test_account.h"
#include "tests/support/catch.h"

using namespace muster;
using namespace muster::ovh;

namespace {

class PlainSecrets : public SecretReader {
 public:
  std::string read(const SecretOrigin& origin) override { return "bytes of " + origin.words.at(0); }
};

struct Setup {
  Setup() { manifest = {"OvhAccount", "dns", {}, Map{}, {}, {}}; }

  Credentials find() {
    return find_credentials(
        manifest, secrets,
        [this](const std::string& path) -> std::optional<std::string> {
          if (is_unreadable) throw Error(Fault::invalid, path + " cannot be read: Permission denied");
          const auto found = files.find(path);
          return found == files.end() ? std::nullopt : std::optional(found->second);
        },
        environment, redactor);
  }

  std::string failure() {
    try {
      find();
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::invalid);
      return error.full_text();
    }
    FAIL("credentials were found");
    return {};
  }

  Manifest manifest;
  std::map<std::string, std::string> files;
  bool is_unreadable = false;
  PlainSecrets secrets;
  SharedClock clock;
  CountingRandom random;
  RecordingLogger logger;
  RecordedProgress progress;
  CallCounter counter;
  CountingBudget budget;
  Redactor redactor;
  MapEnvironment environment;
  std::stop_source stop;
  Context context{clock, random, stop.get_token(), logger, progress, counter, budget, redactor, environment};
};

Value secret(const std::string& variable) {
  return Value(Hole(Secret{{SecretOriginKind::env, {variable}}, "", "", SecretForm::clear}));
}

const std::string file_text =
    "[default]\n; which platform\nendpoint = ovh-ca\n\n[ovh-ca]\napplication_key=file-key\n"
    "application_secret = file-secret\nconsumer_key=file-consumer\n[ovh-eu]\nclient_id=EU.client\n"
    "client_secret=file-client-secret\n";

}  // namespace

TEST_CASE("the manifest's own keys come first, secrets revealed and known to the redactor") {
  Setup setup;
  setup.manifest.spec = Map{{"endpoint", "ovh-eu"},
                            {"applicationKey", "key"},
                            {"applicationSecret", secret("AS")},
                            {"consumerKey", secret("CK")}};
  setup.files["/etc/ovh.conf"] = file_text;
  setup.environment.variables = {{"OVH_ACCESS_TOKEN", "variable-token"}};
  const Credentials found = setup.find();
  CHECK(found.endpoint.url == "https://eu.api.ovh.com/1.0");
  CHECK(std::get<ApplicationKey>(found.login).application_secret == "bytes of AS");
  CHECK(found.origin == "manifest OvhAccount/dns");
  CHECK(setup.redactor.redact("with bytes of CK inside") == "with [secret] inside");
}

TEST_CASE("ovh.conf is asked last: the nearest file, the section of its endpoint") {
  Setup setup;
  setup.environment.variables = {{"HOME", "/home/someone"}};
  setup.files = {{"/home/someone/.ovh.conf", file_text}, {"/etc/ovh.conf", "[default]\nendpoint=ovh-us\n"}};
  const Credentials found = setup.find();
  CHECK(found.endpoint.name == "ovh-ca");
  CHECK(std::get<ApplicationKey>(found.login).application_key == "file-key");
  CHECK(found.origin == "/home/someone/.ovh.conf");
  CHECK(setup.redactor.redact("file-secret") == "[secret]");
}

TEST_CASE("the manifest's endpoint picks the section of ovh.conf") {
  Setup setup;
  setup.manifest.spec = Map{{"endpoint", "ovh-eu"}};
  setup.files["./ovh.conf"] = file_text;
  CHECK(std::get<OAuth2Client>(setup.find().login).client_id == "EU.client");
}

TEST_CASE("OVH_* variables win over ovh.conf, and their endpoint may be a URL") {
  Setup setup;
  setup.files = {{"./ovh.conf", file_text}, {"/etc/ovh.conf", file_text}};
  setup.environment.variables = {{"OVH_ENDPOINT", "http://127.0.0.1:8080/1.0/"},
                                 {"OVH_ACCESS_TOKEN", "variable-token"}};
  const Credentials found = setup.find();
  CHECK(found.endpoint.url == "http://127.0.0.1:8080/1.0");
  CHECK(found.endpoint.token_url == "http://127.0.0.1:8080/auth/oauth2/token");
  CHECK(std::get<AccessToken>(found.login).token == "variable-token");
  CHECK(found.budget_key().find("variable-token") == std::string::npos);
}

TEST_CASE("an endpoint that only a variable names picks the section of ovh.conf, and never meets another's keys") {
  Setup setup;
  setup.files["/etc/ovh.conf"] = file_text;
  setup.environment.variables = {{"OVH_ENDPOINT", "ovh-eu"}};
  CHECK(setup.find().endpoint.name == "ovh-eu");
  CHECK(std::get<OAuth2Client>(setup.find().login).client_id == "EU.client");
  setup.environment.variables = {{"OVH_ENDPOINT", "ovh-us"}};
  CHECK(setup.failure().find("has no credentials") != std::string::npos);
}

TEST_CASE("a part of a login in variables is not completed from ovh.conf") {
  Setup setup;
  setup.files["/etc/ovh.conf"] = file_text;
  setup.environment.variables = {{"OVH_ENDPOINT", "ovh-ca"}, {"OVH_APPLICATION_KEY", "key"}};
  CHECK(setup.failure().find("the environment (OVH_*) has only a part") != std::string::npos);
}

TEST_CASE("mixing two ways to log in is an error that names both") {
  Setup setup;
  setup.manifest.spec = Map{{"endpoint", "ovh-eu"}, {"applicationKey", "key"}, {"clientId", "EU.client"}};
  const std::string words = setup.failure();
  CHECK(words.find("manifest OvhAccount/dns mixes") != std::string::npos);
  CHECK(words.find("the application key and the OAuth2 client") != std::string::npos);
}

TEST_CASE("a part of a login names what is missing, in the words of its source") {
  Setup setup;
  setup.environment.variables = {{"OVH_ENDPOINT", "ovh-eu"}, {"OVH_APPLICATION_KEY", "key"}};
  const std::string words = setup.failure();
  CHECK(words.find("OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY missing") != std::string::npos);
}

TEST_CASE("without any credentials every place that was asked is named") {
  Setup setup;
  const std::string words = setup.failure();
  for (const char* place : {"manifest OvhAccount/dns", "./ovh.conf", "/etc/ovh.conf", "OVH_*"})
    CHECK(words.find(place) != std::string::npos);
}

TEST_CASE("a mistyped endpoint meets a suggestion") {
  Setup setup;
  setup.manifest.spec = Map{{"endpoint", "ovh-ue"}, {"accessToken", secret("T")}};
  const std::string words = setup.failure();
  CHECK(words.find("there is no OVH endpoint ovh-ue") != std::string::npos);
  CHECK(words.find("did you mean ovh-eu") != std::string::npos);
}

TEST_CASE("a platform without OAuth2 says so") {
  Setup setup;
  setup.manifest.spec = Map{{"endpoint", "kimsufi-eu"}, {"clientId", "EU.client"}, {"clientSecret", secret("CS")}};
  CHECK(setup.failure().find("kimsufi-eu offers no OAuth2") != std::string::npos);
}

TEST_CASE("a broken ovh.conf names its line") {
  Setup setup;
  setup.files["/etc/ovh.conf"] = "[default]\nendpoint ovh-eu\n";
  CHECK(setup.failure().find("/etc/ovh.conf:2:") != std::string::npos);
}

TEST_CASE("a file is read only when the manifest and the variables leave something open") {
  Setup setup;
  setup.is_unreadable = true;
  setup.environment.variables = {{"OVH_ENDPOINT", "ovh-eu"}, {"OVH_ACCESS_TOKEN", "variable-token"}};
  CHECK(setup.find().endpoint.name == "ovh-eu");
  setup.environment.variables.erase("OVH_ENDPOINT");
  CHECK(setup.failure().find("./ovh.conf cannot be read") != std::string::npos);
  setup.manifest.spec = Map{{"endpoint", "ovh-ca"}};
  CHECK(setup.find().endpoint.name == "ovh-ca");
  setup.environment.variables.clear();
  CHECK(setup.failure().find("./ovh.conf cannot be read") != std::string::npos);
}

TEST_CASE("the connection kind opens a session without any call") {
  TestAccount account;
  Manifest manifest{
      "OvhAccount",
      "dns",
      {},
      Map{{"endpoint", account.service.url() + "/1.0"}, {"accessToken", secret("T")}, {"zones", List{"example.com"}}},
      {},
      {}};
  PlainSecrets secrets;
  const auto session = OvhAccount().open(manifest, secrets, account.context);
  CHECK(ovh_session(*session).zones() == std::vector<std::string>{"example.com"});
  CHECK(account.world.ledger.calls("ovh") == 0);
}
