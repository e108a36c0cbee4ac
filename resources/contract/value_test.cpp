#include "resources/contract/value.h"

#include "resources/contract/error.h"
#include "tests/support/catch.h"

namespace muster {
namespace {

Secret sample_secret() {
  return Secret{.origin = {SecretOriginKind::env, {"WORKSHOP_PASSWORD"}},
                .digest = "00112233",
                .label = "my-event/abcde",
                .form = SecretForm::password_hash};
}

/// One of everything a value can be.
Value one_of_everything() {
  const Ref ipv4{{"openstack.server", "my-event/abcde"}, "ipv4"};
  const Hole text = Text{{"host=", Hole(ipv4), "\n"}};
  const Hole document = Document{DocumentFormat::yaml, "#cloud-config\n", Map{{"passwd", Hole(sample_secret())}}};
  return Map{{"nothing", Value()},
             {"flag", true},
             {"number", std::int64_t{-42}},
             {"text", "tab\there \"quoted\" \x01 \xc3\xa9"},
             {"list", List{1, "two", List{}, Map{}}},
             {"targets", List{Hole(ipv4)}},
             {"text_hole", text},
             {"user_data", document}};
}

TEST_CASE("a path leads through maps and ends in null where there is nothing") {
  const Value value = Map{{"login", Map{{"user", "alice"}, {"uid", 7}, {"sudo", true}}}, {"hosts", List{1}}};
  CHECK(value.at("login.user") == Value("alice"));
  CHECK(value.at("login").is_map());
  CHECK(value.at("login.shell").is_null());
  CHECK(value.at("login.user.name").is_null());
  CHECK(value.at("hosts.0").is_null());
  CHECK(value.at("").is_null());
  CHECK(value.string_at("login.user") == "alice");
  CHECK(value.string_at("login.uid", "none") == "none");
  CHECK(value.int_at("login.uid") == 7);
  CHECK(value.int_at("login.gid", 100) == 100);
  CHECK(value.bool_at("login.sudo"));
  CHECK_FALSE(value.bool_at("login.user"));
}

TEST_CASE("holes compare by what they stand for") {
  const Value left = Hole(Ref{{"openstack.server", "a"}, "ipv4"});
  const Value right = Hole(Ref{{"openstack.server", "a"}, "ipv4"});
  const Value other = Hole(Ref{{"openstack.server", "a"}, "ipv6"});
  CHECK(left == right);
  CHECK_FALSE(left == other);
  CHECK_FALSE(left == Value("openstack.server:a"));
  CHECK(one_of_everything() == one_of_everything());
}

TEST_CASE("a hole is found however deep it lies") {
  CHECK(one_of_everything().has_hole());
  CHECK_FALSE(Value(Map{{"a", List{Map{{"b", 1}}}}}).has_hole());
  CHECK(Value(Map{{"a", List{Map{{"b", Hole(sample_secret())}}}}}).has_hole());

  const Value secret_in_a_document = one_of_everything().at("user_data");
  CHECK(secret_in_a_document.has_secret());
  CHECK_FALSE(secret_in_a_document.has_ref());
  const Value ref_in_a_text_in_a_document =
      Hole(Document{DocumentFormat::json, "", Map{{"a", one_of_everything().at("text_hole")}}});
  CHECK(ref_in_a_text_in_a_document.has_ref());
  CHECK_FALSE(ref_in_a_text_in_a_document.has_secret());
  CHECK_FALSE(Value(Map{{"a", List{"b"}}}).has_ref());

  const std::vector<Ref> refs = refs_in(one_of_everything());
  REQUIRE(refs.size() == 2);
  CHECK(refs[0].attribute == "ipv4");
  REQUIRE(secrets_in(one_of_everything()).size() == 1);
  CHECK(secrets_in(one_of_everything())[0] == sample_secret());
}

TEST_CASE("canonical JSON sorts keys, has no blanks and shows no bytes of a secret") {
  CHECK(to_canonical_json(one_of_everything()) ==
        R"({"flag":true,"list":[1,"two",[],{}],"nothing":null,"number":-42,)"
        R"("targets":[{"$ref":{"attribute":"ipv4","id":"openstack.server:my-event/abcde"}}],)"
        "\"text\":\"tab\\there \\\"quoted\\\" \\u0001 \xc3\xa9\","
        R"("text_hole":{"$text":["host=",{"$ref":{"attribute":"ipv4","id":"openstack.server:my-event/abcde"}},"\n"]},)"
        R"("user_data":{"$document":{"body":{"passwd":{"$secret":{"digest":"00112233","form":"password_hash",)"
        R"("label":"my-event/abcde","origin":{"kind":"env","words":["WORKSHOP_PASSWORD"]}}}},)"
        R"("format":"yaml","header":"#cloud-config\n"}}})");
}

TEST_CASE("canonical JSON comes back as the value it was written from") {
  const Value value =
      GENERATE(one_of_everything(), Value(), Value(INT64_MIN), Value(INT64_MAX), Value("no UTF-8: \xff\xfe"),
               Value("overlong: \xc0\xaf"), Value(Map{{"$ref", "a key of the user's own"}, {"$$", 1}}),
               Value(std::string("a\0b", 3)));
  CHECK(value_from_json(to_canonical_json(value)) == value);
}

TEST_CASE("text that is no canonical JSON is refused") {
  const char* text =
      GENERATE("", "{", "1.5", "18446744073709551615", R"({"$ref":{"id":"nokind","attribute":"x"}})", R"({"$ref":1})",
               R"({"$unknown":1})", R"({"$text":[],"other":1})",
               R"({"$secret":{"digest":"","label":"","form":"rot13","origin":{"kind":"env","words":[]}}})",
               R"({"$bytes":"f"})", R"({"$bytes":"zz"})");
  CAPTURE(text);
  try {
    value_from_json(text);
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::invalid);
  }
}

// Stamps on remote objects hold digests: these must never change.
TEST_CASE("digests are frozen") {
  CHECK(digest_bytes("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest(Value("abc")) == digest_bytes("\"abc\""));
  CHECK(digest(one_of_everything()) == "de5c9f29fdfdf7a1464d7930003c634076c57f57f1393963234bf05173ce3f76");
}

TEST_CASE("a secret that moves to another place keeps its digest, another secret does not") {
  Secret moved = sample_secret();
  moved.origin = {SecretOriginKind::file, {"/somewhere/password"}};
  CHECK(digest(Hole(moved)) == digest(Hole(sample_secret())));
  moved.digest = "445566";
  CHECK(digest(Hole(moved)) != digest(Hole(sample_secret())));

  Secret unread_a;
  unread_a.origin = {SecretOriginKind::env, {"A"}};
  Secret unread_b;
  unread_b.origin = {SecretOriginKind::env, {"B"}};
  CHECK(digest(Hole(unread_a)) != digest(Hole(unread_b)));
}

}  // namespace
}  // namespace muster
