#include "resources/net/http.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include "resources/net/loopback_server_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::net {
namespace {

using muster::test::contains;
using Then = LoopbackServer::Reply::Then;

LoopbackServer::Script always(const LoopbackServer::Reply& reply) {
  return [reply](const LoopbackServer::Received&) { return reply; };
}

HttpRequest request(Method method, std::string url, std::string body = {}) {
  HttpRequest wanted;
  wanted.method = method;
  wanted.url = std::move(url);
  wanted.body = std::move(body);
  return wanted;
}

Error failure_of(HttpClient& client, const HttpRequest& wanted, const std::stop_token& stop = {}) {
  try {
    const HttpAnswer answer = client.send(wanted, Access::write, stop);
    FAIL("expected an error, got status " << answer.status);
  } catch (const Error& error) {
    return error;
  }
  throw std::logic_error("unreachable");
}

TEST_CASE("an answer of any status is handed over whole") {
  LoopbackServer server(always({answer_bytes(503, "try later", "X-Request-Id: req-1\r\n"), Then::keep}));
  HttpClient client({});
  const HttpAnswer answer = client.send(request(Method::get, server.url("/a?b=c")), Access::write, {});
  CHECK(answer.status == 503);
  CHECK(answer.body == "try later");
  CHECK(answer.header("x-request-id") == "req-1");
  CHECK(answer.header("absent").empty());
}

TEST_CASE("each method arrives under its own name with its body and no invented content type") {
  LoopbackServer server(always({answer_bytes(200, ""), Then::keep}));
  HttpClient client({});
  for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::remove}) {
    const bool with_body = method == Method::post || method == Method::put || method == Method::patch;
    const HttpAnswer answer = client.send(request(method, server.url(), with_body ? "body" : ""), Access::write, {});
    CHECK(answer.status == 200);
    const std::string text = server.received().back().text;
    CHECK(text.substr(0, text.find(' ')) == to_string(method));
    CHECK(contains(text, "\r\n\r\nbody") == with_body);
    CHECK_FALSE(contains(text, "Content-Type"));
    CHECK_FALSE(contains(text, "Expect"));
  }
}

TEST_CASE("with read access nothing but reads and logins leaves this machine") {
  LoopbackServer server(always({answer_bytes(200, ""), Then::keep}));
  HttpClient client({});
  for (const Method method : {Method::post, Method::put, Method::patch, Method::remove}) {
    HttpRequest wanted = request(method, server.url("/zone?key=sample"), "body");
    wanted.idempotent = true;
    try {
      client.send(wanted, Access::read, {});
      FAIL("sent");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::permanent);
      CHECK(contains(error.message(), std::string(to_string(method)) + " http://127.0.0.1:"));
      CHECK(contains(error.message(), "/zone was not sent: this command may only read"));
    }
  }
  CHECK(server.received().empty());

  HttpRequest login = request(Method::post, server.url("/tokens"), "who");
  login.login = true;
  client.send(login, Access::read, {});
  client.send(request(Method::get, server.url()), Access::read, {});
  client.send(request(Method::head, server.url()), Access::read, {});
  CHECK(server.received().size() == 3);
}

TEST_CASE("that a request has left is told once, as a whole and before its answer is there") {
  std::promise<void> told;
  LoopbackServer server([left = told.get_future().share()](const LoopbackServer::Received&) {
    left.wait();
    return LoopbackServer::Reply{answer_bytes(200, ""), Then::close};
  });
  HttpClient client({});
  const Method method = GENERATE(Method::get, Method::post, Method::remove);
  const std::string body = method == Method::post ? std::string(1 << 20, 'x') : std::string();
  int times = 0;
  const auto tell = [&] {
    ++times;
    server.wait_for(1);
    told.set_value();
  };
  CHECK(client.send(request(method, server.url(), body), Access::write, {}, tell).status == 200);
  CHECK(times == 1);
  CHECK(server.received().back().text.ends_with(body));
}

TEST_CASE("GET reuses its connection") {
  LoopbackServer server(always({answer_bytes(200, "x"), Then::keep}));
  HttpClient client({});
  for (int i = 0; i < 3; ++i) client.send(request(Method::get, server.url()), Access::write, {});
  CHECK(server.received().size() == 3);
  CHECK(server.received().back().connection == 1);
}

TEST_CASE("GET is sent again when its reused connection turns out dead") {
  LoopbackServer server([](const LoopbackServer::Received& received) {
    if (received.connection == 1 && contains(received.text, "GET /second"))
      return LoopbackServer::Reply{"", Then::close};
    return LoopbackServer::Reply{answer_bytes(200, "x"), Then::keep};
  });
  HttpClient client({});
  client.send(request(Method::get, server.url("/first")), Access::write, {});
  CHECK(client.send(request(Method::get, server.url("/second")), Access::write, {}).status == 200);
}

TEST_CASE("POST whose connection is dropped after it was committed is sent exactly once and unclear") {
  LoopbackServer server([](const LoopbackServer::Received& received) {
    if (contains(received.text, "POST")) return LoopbackServer::Reply{"", Then::close};
    return LoopbackServer::Reply{answer_bytes(200, "x"), Then::keep};
  });
  HttpClient client({});
  client.send(request(Method::get, server.url()), Access::write, {});
  const Error error = failure_of(client, request(Method::post, server.url("/servers"), "{}"));
  CHECK(error.fault() == Fault::unclear);
  CHECK(contains(error.message(), "POST http://127.0.0.1:"));
  CHECK(contains(error.message(), "/servers"));
  const auto received = server.received();
  REQUIRE(received.size() == 2);
  CHECK(received[1].connection == 2);
}

TEST_CASE("POST never leaves its connection to the next request") {
  LoopbackServer server(always({answer_bytes(202, "x"), Then::keep}));
  HttpClient client({});
  client.send(request(Method::post, server.url(), "1"), Access::write, {});
  client.send(request(Method::post, server.url(), "2"), Access::write, {});
  client.send(request(Method::get, server.url()), Access::write, {});
  CHECK(server.received().back().connection == 3);
}

TEST_CASE("POST declared idempotent reuses a connection and is only ever transient") {
  LoopbackServer server([](const LoopbackServer::Received& received) {
    if (contains(received.text, "/drop")) return LoopbackServer::Reply{"", Then::reset};
    return LoopbackServer::Reply{answer_bytes(201, "x"), Then::keep};
  });
  HttpClient client({});
  HttpRequest token = request(Method::post, server.url("/tokens"), "{}");
  token.idempotent = true;
  client.send(token, Access::write, {});
  client.send(token, Access::write, {});
  CHECK(server.received().back().connection == 1);
  token.url = server.url("/drop");
  CHECK(failure_of(client, token).fault() == Fault::transient);
}

TEST_CASE("a reset after the request was sent is unclear for POST and transient for PUT and DELETE") {
  LoopbackServer server(always({"", Then::reset}));
  HttpClient client({});
  CHECK(failure_of(client, request(Method::post, server.url(), "{}")).fault() == Fault::unclear);
  CHECK(failure_of(client, request(Method::patch, server.url(), "{}")).fault() == Fault::unclear);
  CHECK(failure_of(client, request(Method::put, server.url(), "{}")).fault() == Fault::transient);
  CHECK(failure_of(client, request(Method::remove, server.url())).fault() == Fault::transient);
}

TEST_CASE("a truncated body is no answer") {
  LoopbackServer server(always({"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{\"server\"", Then::close}));
  HttpClient client({});
  CHECK(failure_of(client, request(Method::post, server.url(), "{}")).fault() == Fault::unclear);
  CHECK(failure_of(client, request(Method::get, server.url())).fault() == Fault::transient);
}

TEST_CASE("a refused connection is transient even for POST and names the host") {
  HttpClient client({});
  const int port = closed_port();
  const Error error = failure_of(client, request(Method::post, fmt::format("http://127.0.0.1:{}/x", port), "{}"));
  CHECK(error.fault() == Fault::transient);
  CHECK(contains(error.message(), fmt::format("127.0.0.1:{}", port)));
  CHECK(contains(error.message(), "not sent"));
  CHECK_FALSE(error.hint().empty());
}

TEST_CASE("a server that does not answer in time leaves POST unclear and GET transient") {
  LoopbackServer server(always({"", Then::hold}));
  HttpClient client({});
  for (const auto& [method, fault] : {std::pair{Method::post, Fault::unclear}, {Method::get, Fault::transient}}) {
    HttpRequest wanted = request(method, server.url(), method == Method::post ? "{}" : "");
    wanted.timeout = std::chrono::seconds(1);
    CHECK(failure_of(client, wanted).fault() == fault);
  }
}

TEST_CASE("a stop ends the wait for an answer at once") {
  LoopbackServer server(always({"", Then::hold}));
  HttpClient client({});
  for (const auto& [method, fault] : {std::pair{Method::get, Fault::interrupted}, {Method::post, Fault::unclear}}) {
    std::stop_source source;
    const std::size_t before = server.received().size();
    std::thread stopper([&] {
      server.wait_for(before + 1);
      source.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    CHECK(failure_of(client, request(method, server.url()), source.get_token()).fault() == fault);
    stopper.join();
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE("a request that begins after the stop is not sent") {
  LoopbackServer server(always({answer_bytes(200, ""), Then::keep}));
  HttpClient client({});
  std::stop_source source;
  source.request_stop();
  CHECK(failure_of(client, request(Method::post, server.url()), source.get_token()).fault() == Fault::interrupted);
  CHECK(server.received().empty());
}

TEST_CASE("an answer beyond the limit is refused") {
  LoopbackServer server(always({answer_bytes(200, std::string(1001, 'x')), Then::keep}));
  HttpOptions options;
  options.answer_limit = 1000;
  HttpClient client(options);
  const Error error = failure_of(client, request(Method::get, server.url()));
  CHECK(error.fault() == Fault::permanent);
  CHECK(contains(error.message(), "longer than 1000 bytes"));
  CHECK(failure_of(client, request(Method::post, server.url())).fault() == Fault::unclear);
}

TEST_CASE("redirects are answers, not orders") {
  LoopbackServer server(always({answer_bytes(302, "", "Location: /elsewhere\r\n"), Then::keep}));
  HttpClient client({});
  CHECK(client.send(request(Method::get, server.url()), Access::write, {}).status == 302);
  CHECK(server.received().size() == 1);
}

TEST_CASE("an interim answer is not mistaken for the answer") {
  LoopbackServer server(
      always({"HTTP/1.1 103 Early Hints\r\nX-Interim: yes\r\n\r\n" + answer_bytes(200, "x"), Then::keep}));
  HttpClient client({});
  const HttpAnswer answer = client.send(request(Method::get, server.url()), Access::write, {});
  CHECK(answer.status == 200);
  CHECK(answer.header("X-Interim").empty());
}

TEST_CASE("the proxy comes from the options and never from the environment") {
  LoopbackServer direct(always({answer_bytes(200, "direct"), Then::keep}));
  LoopbackServer proxy(always({answer_bytes(200, "proxied"), Then::keep}));
  setenv("http_proxy", proxy.url().c_str(), 1);
  setenv("no_proxy", "127.0.0.1", 1);
  HttpClient plain({});
  CHECK(plain.send(request(Method::get, direct.url()), Access::write, {}).body == "direct");
  HttpOptions options;
  options.proxy = proxy.url("");
  HttpClient through(options);
  CHECK(through.send(request(Method::get, direct.url()), Access::write, {}).body == "proxied");
  unsetenv("http_proxy");
  unsetenv("no_proxy");
}

TEST_CASE("a URL that is none is invalid") {
  HttpClient client({});
  CHECK(failure_of(client, request(Method::get, "not a url")).fault() == Fault::invalid);
  CHECK(failure_of(client, request(Method::get, "file:///etc/hosts")).fault() == Fault::invalid);
}

TEST_CASE("error texts carry neither query nor user") {
  HttpClient client({});
  const Error error =
      failure_of(client, request(Method::get, fmt::format("http://me:pw@127.0.0.1:{}/x?token=t", closed_port())));
  CHECK_FALSE(contains(error.full_text(), "pw"));
  CHECK_FALSE(contains(error.full_text(), "token"));
}

TEST_CASE("many threads share one client") {
  LoopbackServer server(always({answer_bytes(200, "x"), Then::keep}));
  HttpClient client({});
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j)
        answered += client.send(request(Method::get, server.url()), Access::write, {}).status == 200;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered == 80);
}

TEST_CASE("statuses map to faults by whether the request may be repeated") {
  struct Row {
    int status;
    Fault idempotent;
    Fault other;
  };
  const Row row = GENERATE(values<Row>({{400, Fault::invalid, Fault::invalid},
                                        {401, Fault::denied, Fault::denied},
                                        {403, Fault::denied, Fault::denied},
                                        {404, Fault::permanent, Fault::permanent},
                                        {405, Fault::permanent, Fault::permanent},
                                        {408, Fault::transient, Fault::unclear},
                                        {409, Fault::conflict, Fault::conflict},
                                        {413, Fault::invalid, Fault::invalid},
                                        {422, Fault::invalid, Fault::invalid},
                                        {429, Fault::transient, Fault::transient},
                                        {500, Fault::transient, Fault::unclear},
                                        {502, Fault::transient, Fault::unclear},
                                        {503, Fault::transient, Fault::unclear},
                                        {504, Fault::transient, Fault::unclear},
                                        {302, Fault::permanent, Fault::permanent}}));
  CAPTURE(row.status);
  CHECK(fault_of_status(true, row.status) == row.idempotent);
  CHECK(fault_of_status(false, row.status) == row.other);
}

TEST_CASE("Retry-After is read as seconds or as a date by the server's own clock") {
  const auto delay = [](std::vector<std::pair<std::string, std::string>> headers) {
    return HttpAnswer{429, std::move(headers), {}}.retry_after();
  };
  CHECK(delay({{"retry-after", "7"}}) == std::chrono::seconds(7));
  CHECK(delay({{"Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT"}, {"Date", "Wed, 21 Oct 2015 07:28:00 GMT"}}) ==
        std::chrono::seconds(30));
  CHECK(delay({{"Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT"}}) == std::chrono::seconds(0));
  CHECK(delay({{"Retry-After", "-5"}}) == std::chrono::seconds(0));
  CHECK(delay({{"Retry-After", "99999999999"}}) == std::chrono::hours(24));
  CHECK(delay({{"Retry-After", "soon"}}) == std::nullopt);
  CHECK(delay({}) == std::nullopt);
}

TEST_CASE("percent encoding keeps only unreserved characters") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b/c?\xc3\xa4") == "a%20b%2Fc%3F%C3%A4");
}

}  // namespace
}  // namespace muster::net
