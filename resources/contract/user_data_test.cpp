#include "resources/contract/user_data.h"

#include "tests/support/catch.h"

namespace muster {
namespace {

TEST_CASE("the least size counts every byte that is known, the header of a document too") {
  const Value password = Hole(Secret{.origin = {}, .digest = "d1", .label = {}, .form = {}});
  const Value address = Hole(Ref{{"openstack.server", "my-event/abcde"}, "ipv4"});
  CHECK(least_size("12345") == 5);
  CHECK(least_size(Hole(Text{{"123", password, "45", address}})) == 5);
  CHECK(least_size(password) == 0);
  CHECK(least_size(Value()) == 0);
  const Value body = Map{{"key", List{"ab", "c"}}, {"other", Map{{"x", true}}}};
  CHECK(least_size(body) == 3 + 3 + 5 + 1);
  CHECK(least_size(Hole(Document{DocumentFormat::yaml, "#cloud-config\n", body})) == 14 + 12);
}

TEST_CASE("base64 takes four characters for each three bytes begun") {
  CHECK(base64_size(0) == 0);
  CHECK(base64_size(1) == 4);
  CHECK(base64_size(3) == 4);
  CHECK(base64_size(4) == 8);
  CHECK(base64_size(most_user_data) == 65'532);
}

}  // namespace
}  // namespace muster
