// What a service says when it refuses, in any form: words for people come out, of a bearable length.

#include "resources/openstack/answer_error.h"
#include "resources/ovh/api_error.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

constexpr std::size_t longest_message = 2'000;

void look_at(const Error& error) {
  require(!error.message().empty(), "an error says something");
  require(error.message().size() <= longest_message, "an error does not repeat a whole page");
  require(error.message().find('\n') == std::string::npos, "an error's message is one line");
}

}  // namespace

void fuzz_error_body(std::string_view input) {
  for (const net::HttpAnswer& answer : answers_from(input)) {
    look_at(openstack::answer_error("nova POST servers", answer, false));
    const ovh::Call call{net::Method::post, "/domain/zone/example.com/record", R"({"target": "x"})", false};
    const ovh::Credentials credentials{ovh::find_endpoint("ovh-eu"), ovh::AccessToken{"not-a-real-token"}, "here"};
    look_at(ovh::make_error(call, ovh::read_refusal(answer), credentials, 0));
  }
}

}  // namespace muster::fuzz
