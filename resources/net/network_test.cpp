#include "resources/net/network.h"

#include <string>
#include <variant>

#include "tests/support/catch.h"

using namespace muster;
using namespace muster::net;

namespace {

/// Ends every request as it is told.
class Silent : public Network {
 public:
  std::variant<HttpAnswer, Unanswered> send(const HttpRequest&, const std::stop_token&) override {
    ++sent;
    return end;
  }
  std::variant<std::string, Unanswered> greeting(const std::string&, int, const std::stop_token&) override {
    return Unanswered{};
  }
  std::variant<HttpAnswer, Unanswered> end = Unanswered{Progress::sent, "connection closed"};
  int sent = 0;
};

HttpRequest request(Method method) {
  HttpRequest made;
  made.method = method;
  made.url = "http://host/path?secret=1";
  return made;
}

Fault fault_of(HttpClient& client, Method method, const std::stop_token& stop = {}) {
  try {
    client.send(request(method), Access::write, stop);
  } catch (const Error& error) {
    INFO(error.message());
    CHECK(error.message().find("secret") == std::string::npos);
    return error.fault();
  }
  FAIL("it was answered");
  return Fault::permanent;
}

TEST_CASE("what a network leaves unanswered has the faults of what libcurl leaves unanswered") {
  Silent network;
  HttpClient client({}, &network);
  CHECK(fault_of(client, Method::post) == Fault::unclear);
  CHECK(fault_of(client, Method::get) == Fault::transient);
  CHECK(fault_of(client, Method::put) == Fault::transient);
  network.end = Unanswered{Progress::not_sent, "connection refused"};
  CHECK(fault_of(client, Method::post) == Fault::transient);
  CHECK_THROWS_WITH(client.send(request(Method::post), Access::write, {}),
                    "POST http://host/path: not sent: connection refused");
}

TEST_CASE("what a network is asked to stop is interrupted, or unclear when it may have arrived") {
  Silent network;
  HttpClient client({}, &network);
  std::stop_source stop;
  stop.request_stop();
  CHECK(fault_of(client, Method::get, stop.get_token()) == Fault::interrupted);
  CHECK(fault_of(client, Method::post, stop.get_token()) == Fault::unclear);
}

TEST_CASE("with read access nothing that changes the world reaches a network") {
  Silent network;
  HttpClient client({}, &network);
  CHECK_THROWS_AS(client.send(request(Method::post), Access::read, {}), Error);
  CHECK(network.sent == 0);
  network.end = HttpAnswer{200, {}, "all"};
  CHECK(client.send(request(Method::get), Access::read, {}).body == "all");
}

}  // namespace
