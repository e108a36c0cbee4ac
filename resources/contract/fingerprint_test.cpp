#include "resources/contract/fingerprint.h"

#include <set>
#include <vector>

#include "tests/support/catch.h"

using namespace muster;

namespace {

Fingerprint of(const Value& value) {
  Fingerprinter fingerprinter;
  fingerprinter.add(value);
  return fingerprinter.take();
}

Value shared(std::string text) { return Hole(Text{{Value(std::move(text))}}); }

}  // namespace

TEST_CASE("values that differ anywhere have different fingerprints") {
  const Secret secret{{SecretOriginKind::env, {"A"}}, "digest", "", SecretForm::clear};
  Secret labelled = secret;
  labelled.label = "anna";
  Secret hashed = secret;
  hashed.form = SecretForm::password_hash;
  const std::vector<Value> all = {
      Value(),
      Value(false),
      Value(true),
      Value(0),
      Value(1),
      Value(""),
      Value("1"),
      Value("ab"),
      Value(List{}),
      Value(List{"a", "b"}),
      Value(List{"ab"}),
      Value(List{List{"a"}, "b"}),
      Value(Map{}),
      Value(Map{{"a", "b"}}),
      Value(Map{{"a", Value()}}),
      Hole(Ref{{"kind", "name"}, "ipv4"}),
      Hole(Ref{{"kind", "name"}, "ipv6"}),
      Hole(secret),
      Hole(labelled),
      Hole(hashed),
      Hole(Document{DocumentFormat::yaml, "", "a"}),
      Hole(Document{DocumentFormat::json, "", "a"}),
      Hole(Document{DocumentFormat::json, "a", ""}),
      shared("a"),
      shared(std::string(1000, 'a')),
      shared(std::string(1001, 'a')),
  };
  std::set<Fingerprint> seen;
  for (const Value& value : all) seen.insert(of(value));
  CHECK(seen.size() == all.size());
}

TEST_CASE("where a secret comes from does not matter once its digest is known") {
  Secret here{{SecretOriginKind::env, {"A"}}, "digest", "", SecretForm::clear};
  Secret there{{SecretOriginKind::file, {"/b"}}, "digest", "", SecretForm::clear};
  CHECK(of(Hole(here)) == of(Hole(there)));
  here.digest = there.digest = "";
  CHECK(of(Hole(here)) != of(Hole(there)));
}

TEST_CASE("equal values in one fingerprinter are equal, shared or not, also after others are gone") {
  Fingerprinter fingerprinter;
  const auto with = [&](const Value& value) {
    fingerprinter.add(value);
    return fingerprinter.take();
  };
  const Value script = shared(std::string(5000, 's'));
  const Fingerprint first = with(List{script, "a"});
  CHECK(with(List{script, "a"}) == first);
  CHECK(with(List{shared(std::string(5000, 's')), "a"}) == first);
  for (int round = 0; round < 50; ++round) {
    const std::string text(5000, static_cast<char>('A' + round));
    CHECK(with(shared(text)) == of(shared(text)));
  }
}
