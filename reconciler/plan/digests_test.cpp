#include "reconciler/plan/digests.h"

#include "tests/support/catch.h"

using namespace muster;
using namespace muster::plan;

namespace {

Schema schema_of(std::vector<Field> fields) { return {"test.kind", "", std::move(fields)}; }

}  // namespace

// These digits are on people's servers: a change here makes every server look as if its manifest had changed.
TEST_CASE("the first form of field digests is frozen") {
  CHECK(field_digest("Debian 12") == "5e9cd056b828");
  CHECK(field_digest(List{"a", 1, true, Value()}) == "fc6454d2328b");
  CHECK(field_digest(Map{{"b", 2}, {"a", "x"}}) == "768ca668c0f8");
}

TEST_CASE("a secret's digest counts, where it comes from does not") {
  Secret from_file{{SecretOriginKind::file, {"/etc/password"}}, "d1", "", SecretForm::clear};
  Secret from_env{{SecretOriginKind::env, {"PASSWORD"}}, "d1", "", SecretForm::clear};
  Secret other = from_env;
  other.digest = "d2";
  CHECK(field_digest(Hole{from_file}) == field_digest(Hole{from_env}));
  CHECK(field_digest(Hole{from_env}) != field_digest(Hole{other}));
}

TEST_CASE("unset and default fields are left out of a stamp, so that schemas may grow") {
  const Field image{.name = "image", .compare = Compare::create_time};
  const Field zone{.name = "zone", .default_value = "nova", .compare = Compare::create_time};
  const Field disk{.name = "disk", .compare = Compare::create_time};
  const Field name{.name = "name", .compare = Compare::observed};
  const Value wanted = Map{{"image", "Debian 12"}, {"zone", "nova"}, {"name", "x"}};
  const auto before = stamp_digests(schema_of({image, name}), wanted);
  CHECK(before == std::map<std::string, std::string>{{"image", field_digest("Debian 12")}});
  CHECK(stamp_digests(schema_of({image, zone, disk, name}), wanted) == before);
}
