#include "resources/contract/secret.h"

#include <crypt.h>

#include <chrono>
#include <string>

#include "resources/contract/error.h"
#include "tests/support/catch.h"

namespace muster {
namespace {

class OneSecret : public SecretReader {
 public:
  explicit OneSecret(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string read(const SecretOrigin&) override { return bytes_; }

 private:
  std::string bytes_;
};

const std::string sample = "not-a-real-password";

std::string revealed(const std::string& bytes, const std::string& label, SecretForm form) {
  OneSecret reader(bytes);
  return reveal(Secret{.origin = {}, .digest = {}, .label = label, .form = form}, reader);
}

TEST_CASE("a secret without label and form is revealed as it is") {
  CHECK(revealed(sample, "", SecretForm::clear) == sample);
}

// Attendees hold these passwords: the derivation must never change.
TEST_CASE("a labelled secret becomes a stable password of its own") {
  CHECK(revealed(sample, "my-event/abcde", SecretForm::clear) == "cu6dj-jfndg-uzkog-bxpq2");
  CHECK(revealed(sample, "my-event/fghij", SecretForm::clear) != revealed(sample, "my-event/abcde", SecretForm::clear));
  CHECK(revealed("another-fake", "my-event/abcde", SecretForm::clear) !=
        revealed(sample, "my-event/abcde", SecretForm::clear));
}

TEST_CASE("a password hash is SHA-512 crypt, verifies, and is the same in every run") {
  const std::string hash = revealed(sample, "my-event/abcde", SecretForm::password_hash);
  CHECK(hash.substr(0, 3) == "$6$");
  CHECK(hash ==
        "$6$wO1vNvRy0hlWHWaS$Ydw.jf/sgOOWzRXmfOmcdAltkbRXn9oBW56."
        "DB9ztQb626FenhrvpU9J.q08w7HiaWqDv4t18utNKbpXQV2zx1");
  const std::string password = revealed(sample, "my-event/abcde", SecretForm::clear);
  CHECK(hash == crypt(password.c_str(), hash.c_str()));
  CHECK(hash != crypt("not-this-password", hash.c_str()));

  const std::string shared = revealed(sample, "", SecretForm::password_hash);
  CHECK(shared == crypt(sample.c_str(), shared.c_str()));
  CHECK(shared.substr(0, 19) != hash.substr(0, 19));
}

TEST_CASE("a password that no hash can stand for is refused, without being named") {
  const auto refusal = [](const std::string& password) {
    try {
      revealed(password, "", SecretForm::password_hash);
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::invalid);
      return error.message();
    }
    return std::string();
  };
  CHECK(refusal(std::string("open\0sesame", 11)) == "the login password holds a zero byte");
  CHECK(refusal(std::string(512, 'p')) == "the login password has 512 bytes; crypt(3) takes 511");
  CHECK(refusal(std::string(511, 'p')).empty());
}

TEST_CASE("salts differ by label and by secret, whatever they derive from") {
  const auto salt = [](const std::string& digest, const std::string& label) {
    OneSecret reader(sample);
    const Secret secret{.origin = {}, .digest = digest, .label = label, .form = SecretForm::password_hash};
    return reveal(secret, reader).substr(3, 16);
  };
  CHECK(salt("one", "anna") == salt("one", "anna"));
  CHECK(salt("one", "anna") != salt("one", "bert"));
  CHECK(salt("one", "anna") != salt("two", "anna"));
  CHECK(salt("", "anna") != salt("", "bert"));
}

TEST_CASE("a secret is cut out of pages, scripts and JSON in JSON") {
  Redactor redactor;
  redactor.add("p\"<'&$>\\");
  CHECK(redactor.redact("<pre>p&quot;&lt;&apos;&amp;$&gt;\\</pre>") == "<pre>[secret]</pre>");
  CHECK(redactor.redact("<pre>p&#34;&lt;&#39;&amp;$&gt;\\</pre>") == "<pre>[secret]</pre>");
  CHECK(redactor.redact("<pre>p\"&lt;&#x27;&amp;$&gt;\\</pre>") == "<pre>[secret]</pre>");
  CHECK(redactor.redact(R"(login 'p"<'\''&$>\' now)") == "login '[secret]' now");
  CHECK(redactor.redact(R"(login "p\"<'&\$>\\" now)") == "login \"[secret]\" now");
  CHECK(redactor.redact(R"({"said": "{\"password\": \"p\\\"<'&$>\\\\\"}"})") ==
        R"({"said": "{\"password\": \"[secret]\"}"})");
  Redactor letters;
  letters.add("p\xc3\xa4ss \xf0\x9f\x98\x80");
  CHECK(letters.redact(R"({"password": "p\u00e4ss \ud83d\ude00"})") == R"({"password": "[secret]"})");
}

TEST_CASE("what a cut leaves of a secret is cut out too") {
  Redactor redactor;
  redactor.add("correct horse battery");
  CHECK(redactor.redact("you sent: correct ho ...") == "you sent: [secret] ...");
  CHECK(redactor.redact("you sent: Y29ycmVjdCBob3 ... (req-1)") == "you sent: [secret] ... (req-1)");
  CHECK(redactor.redact("correct ... correct horse battery ... corr ... cor ...") ==
        "[secret] ... [secret] ... [secret] ... cor ...");
  CHECK(redactor.redact("correct ho") == "correct ho");
}

TEST_CASE("a secret is cut out of text in every form it takes on its way") {
  Redactor redactor;
  redactor.add("p\"ss w/rd?");
  CHECK(redactor.redact("login with p\"ss w/rd? failed") == "login with [secret] failed");
  CHECK(redactor.redact(R"({"password":"p\"ss w/rd?"})") == R"({"password":"[secret]"})");
  CHECK(redactor.redact("?p=p%22ss%20w%2Frd%3F&x") == "?p=[secret]&x");
  CHECK(redactor.redact("?p=p%22ss%20w%2frd%3f&x") == "?p=[secret]&x");
  CHECK(redactor.redact("?p=p%22ss+w%2Frd%3F&x") == "?p=[secret]&x");
  CHECK(redactor.redact("hex 70227373 7022737320772f72643f.") == "hex 70227373 [secret].");
  CHECK(redactor.redact("HEX 7022737320772F72643F.") == "HEX [secret].");
  CHECK(redactor.redact("base64 cCJzcyB3L3JkPw== alone") == "base64 [secret]== alone");
}

TEST_CASE("a secret that was broken into lines at its blanks is cut out whole") {
  Redactor redactor;
  redactor.add("correct  horse battery staple");
  CHECK(redactor.redact("the server said: correct horse\n      battery\n      staple is wrong") ==
        "the server said: [secret] is wrong");
  CHECK(redactor.redact("two  blanks and correct  horse battery staple") == "two  blanks and [secret]");
  CHECK(redactor.redact("correct horse, battery staple") == "correct horse, battery staple");
}

TEST_CASE("a secret is cut out of the base64 of a longer text, wherever it stands there") {
  Redactor redactor;
  redactor.add(sample);
  // base64 of "x", "xy" and "xyz", each followed by the sample and a full stop.
  for (const char* encoded :
       {"eG5vdC1hLXJlYWwtcGFzc3dvcmQu", "eHlub3QtYS1yZWFsLXBhc3N3b3JkLg==", "eHl6bm90LWEtcmVhbC1wYXNzd29yZC4="}) {
    CAPTURE(encoded);
    const std::string clean = redactor.redact(encoded);
    CHECK(clean.find("[secret]") != std::string::npos);
    CHECK(clean.size() <= 8 + 8);
  }
}

TEST_CASE("overlapping secrets leave no piece of either") {
  Redactor redactor;
  redactor.add("abcdef");
  redactor.add("defghi");
  redactor.add("abcdefgh-longer");
  CHECK(redactor.redact("<abcdefghi>") == "<[secret]>");
  CHECK(redactor.redact("<abcdefgh-longer>") == "<[secret]>");
  CHECK(redactor.redact("abcdef abcdef") == "[secret] [secret]");
}

TEST_CASE("a secret that overlaps itself is cut whole") {
  Redactor redactor;
  redactor.add("aaaa");
  CHECK(redactor.redact("aaaaaa") == "[secret]");
}

TEST_CASE("secrets too short to be told from ordinary text are left alone") {
  Redactor redactor;
  redactor.add("abc");
  redactor.add("");
  CHECK(redactor.redact("abc YWJj 616263") == "abc YWJj 616263");
}

TEST_CASE("a secret is found whatever other secrets sort beside it") {
  Redactor redactor;
  for (const char* secret : {"abcd", "abcdaa", "abcdef", "abcdefzz", "abcdeg", "abce"}) redactor.add(secret);
  CHECK(redactor.redact("<abcdz>") == "<[secret]z>");
  CHECK(redactor.redact("<abcdefzy>") == "<[secret]zy>");
  CHECK(redactor.redact("<abcdefzz>") == "<[secret]>");
  CHECK(redactor.redact("<abcdee>") == "<[secret]ee>");
  CHECK(redactor.redact("<abcc>") == "<abcc>");
  CHECK(redactor.redact("abcdabce") == "[secret][secret]");
}

TEST_CASE("bytes above 127 are cut as well as letters") {
  Redactor redactor;
  redactor.add("pässwörd");
  redactor.add("p\xff\xfe\x80");
  CHECK(redactor.redact("<pässwörd p\xff\xfe\x80 päss>") == "<[secret] [secret] päss>");
}

TEST_CASE("thousands of secrets delay neither their registration nor a line of text") {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  Redactor redactor;
  for (int round = 0; round < 2; ++round) {
    for (int at = 0; at < 10'000; ++at) redactor.add("fake-password-" + std::to_string(at));
  }
  for (int at = 0; at < 1'000; ++at) {
    const std::string number = std::to_string(at * 10);
    CHECK(redactor.redact("host " + number + " refused fake-password-" + number + " of attendee, it says; next") ==
          "host " + number + " refused [secret] of attendee, it says; next");
  }
  // A hundredth of this does without sanitizers; to sort all forms for each secret takes minutes.
  CHECK(steady_clock::now() - begin < std::chrono::seconds(30));
}

}  // namespace
}  // namespace muster
