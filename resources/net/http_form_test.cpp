// Multipart bodies: what arrives of them, and what never does.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "resources/contract/value.h"
#include "resources/net/http.h"
#include "resources/net/loopback_server_for_test.h"
#include "tests/support/catch.h"
#include "tests/support/contains.h"

namespace muster::net {
namespace {

using muster::test::contains;

struct Outgoing {
  Outgoing() {
    std::string made = (std::filesystem::temp_directory_path() / ("muster-form-" + std::string(6, 'X'))).string();
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    directory = made;
  }
  ~Outgoing() { std::filesystem::remove_all(directory); }
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;

  std::filesystem::path write(const std::string& bytes) const {
    auto path = directory / "image.tar";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  HttpRequest request(const std::string& url, FormPart file) const {
    HttpRequest request;
    request.method = Method::post;
    request.url = url;
    request.form = {{.name = "project", .text = "web"}, std::move(file)};
    return request;
  }

  Error refusal_of(FormPart file) {
    try {
      client.send(request(server.url("/upload"), std::move(file)), Access::write, {});
    } catch (const Error& error) {
      return error;
    }
    FAIL("sent");
    throw std::logic_error("unreachable");
  }

  std::filesystem::path directory;
  LoopbackServer server{[](const LoopbackServer::Received&) {
    return LoopbackServer::Reply{answer_bytes(200, "accepted"), LoopbackServer::Reply::Then::close};
  }};
  HttpClient client{{}};
};

}  // namespace

TEST_CASE_METHOD(Outgoing, "texts and files arrive under their names, byte by byte, and are told on their way") {
  std::string bytes(300'000, '\0');
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<char>(at * 7);
  FormPart file{
      .name = "image", .file = write(bytes).string(), .sent_as = "an image.tar", .sha256 = digest_bytes(bytes)};
  HttpRequest form = request(server.url("/upload"), std::move(file));
  std::int64_t last = 0;
  std::int64_t whole = 0;
  form.form_progress = [&](std::int64_t sent, std::int64_t all) {
    CHECK(sent >= last);
    last = sent;
    whole = all;
  };
  CHECK(client.send(form, Access::write, {}).body == "accepted");
  const std::string text = server.received().back().text;
  CHECK(contains(text, "Content-Disposition: form-data; name=\"project\"\r\n\r\nweb\r\n"));
  CHECK(contains(text, "Content-Disposition: form-data; name=\"image\"; filename=\"an image.tar\"\r\n"));
  CHECK(text.find(bytes) != std::string::npos);
  CHECK(last == whole);
  CHECK(whole > 300'000);
}

TEST_CASE_METHOD(Outgoing, "a file that holds something else by now never arrives as a whole") {
  const std::string bytes = GENERATE(as<std::string>{}, "", "another image", std::string(500'000, 'x'));
  FormPart file{.name = "image", .file = write(bytes).string(), .sent_as = "i.tar", .sha256 = digest_bytes("an image")};
  const Error error = refusal_of(std::move(file));
  CHECK(error.fault() == Fault::conflict);
  CHECK(contains(error.message(), "image.tar was changed while it was sent"));
  CHECK(server.received().empty());
}

TEST_CASE_METHOD(Outgoing, "a file that cannot be read is named, and nothing is sent") {
  FormPart file{.name = "image", .file = (directory / "none.tar").string(), .sent_as = "i.tar"};
  const Error error = refusal_of(std::move(file));
  CHECK(error.fault() == Fault::invalid);
  CHECK(contains(error.message(), "none.tar cannot be read: No such file"));
  CHECK(server.received().empty());
}

}  // namespace muster::net
