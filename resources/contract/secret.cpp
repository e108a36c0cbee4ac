#include "resources/contract/secret.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "resources/contract/error.h"

namespace muster {
namespace {

using Hash = std::array<unsigned char, 32>;

const unsigned char* as_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// `count` digits of `bits` bits each, taken from `bytes` from the first bit on.
template <typename Bytes>
std::string digits_of(const Bytes& bytes, std::size_t count, unsigned bits, std::string_view alphabet) {
  std::string text;
  unsigned held = 0;
  unsigned held_bits = 0;
  auto next = bytes.begin();
  while (text.size() < count) {
    while (held_bits < bits) {
      held = held << 8 | static_cast<unsigned char>(*next++);
      held_bits += 8;
    }
    held_bits -= bits;
    text += alphabet[held >> held_bits & ((1u << bits) - 1)];
  }
  return text;
}

Hash keyed_hash(std::string_view key, std::string_view text) {
  Hash hash{};
  unsigned size = hash.size();
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_bytes(text), text.size(), hash.data(), &size) ==
      nullptr) {
    throw Error(Fault::permanent, "OpenSSL offers no HMAC-SHA256; a password cannot be derived");
  }
  return hash;
}

/// A password of its own for `label`: 100 bits, readable aloud.
std::string derived_password(std::string_view secret, std::string_view label) {
  std::string password = digits_of(keyed_hash(secret, label), 20, 5, "abcdefghijklmnopqrstuvwxyz234567");
  for (const std::size_t at : {15, 10, 5}) password.insert(at, 1, '-');
  return password;
}

/// What a salt may derive from: it stands openly beside the hash, and must not be a cheaper way to try passwords than
/// the 5,000 rounds of crypt's SHA-512. The digest cost 200,000; where nobody computed one, 20,000 here.
std::string slow_key(const Secret& secret, std::string_view bytes) {
  if (!secret.digest.empty()) return secret.digest;
  constexpr int rounds = 20'000;
  constexpr std::string_view context = "muster password hash";
  Hash hash{};
  if (PKCS5_PBKDF2_HMAC(bytes.data(), static_cast<int>(bytes.size()), as_bytes(context),
                        static_cast<int>(context.size()), rounds, EVP_sha256(), static_cast<int>(hash.size()),
                        hash.data()) != 1) {
    throw Error(Fault::permanent, "OpenSSL offers no PBKDF2; a password cannot be hashed");
  }
  return {hash.begin(), hash.end()};
}

std::string stable_salt(const Secret& secret, std::string_view bytes) {
  return digits_of(keyed_hash(slow_key(secret, bytes), "muster password hash " + secret.label), 16, 6,
                   "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

/// libcrypt stops at a zero byte: anybody who knew what stands before it could log in. It refuses what is longer.
void refuse_unhashable(std::string_view password) {
  constexpr std::size_t longest = CRYPT_MAX_PASSPHRASE_SIZE - 1;
  if (password.find('\0') != std::string_view::npos)
    throw Error(Fault::invalid, "the login password holds a zero byte", "choose one that can be typed");
  if (password.size() > longest)
    throw Error(Fault::invalid,
                "the login password has " + std::to_string(password.size()) + " bytes; crypt(3) takes " +
                    std::to_string(longest),
                "choose a shorter one");
}

std::string password_hash(const std::string& password, std::string_view salt) {
  refuse_unhashable(password);
  // crypt_data is 32 KiB: too much for the stack of a worker.
  const auto data = std::make_unique<crypt_data>();
  const std::string setting = "$6$" + std::string(salt);
  const char* hash = crypt_r(password.c_str(), setting.c_str(), data.get());
  if (hash == nullptr || hash[0] == '*') {
    throw Error(Fault::permanent, "libcrypt offers no SHA-512 hashes; a login password cannot be hashed");
  }
  return hash;
}

std::string base64(std::string_view bytes, std::string_view alphabet) {
  std::string padded(bytes);
  padded.append(3, '\0');
  return digits_of(padded, (bytes.size() * 8 + 5) / 6, 6, alphabet);
}

/// How `secret` shows inside a longer base64 text: the digits that depend on it alone, for each of three alignments.
std::vector<std::string> base64_forms(std::string_view secret, std::string_view alphabet) {
  std::vector<std::string> forms;
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string digits = base64(std::string(before, '\0') + std::string(secret), alphabet);
    const std::size_t first = (before * 8 + 5) / 6;
    const std::size_t end = (before + secret.size()) * 8 / 6;
    forms.push_back(digits.substr(first, end - first));
  }
  forms.push_back(base64(secret, alphabet));
  return forms;
}

enum class PercentStyle { upper, lower, form };

std::string percent_form(std::string_view secret, PercentStyle style) {
  const std::string_view digits = style == PercentStyle::lower ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string text;
  for (const unsigned char c : secret) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      text += static_cast<char>(c);
    } else if (c == ' ' && style == PercentStyle::form) {
      text += '+';
    } else {
      text += '%';
      text += digits[c >> 4];
      text += digits[c & 15];
    }
  }
  return text;
}

/// `letter`: one of several bytes of UTF-8.
std::string escaped_code_point(std::string_view letter) {
  std::uint32_t code = static_cast<unsigned char>(letter.front()) & (0x7fu >> letter.size());
  for (const char byte : letter.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3fu);
  const auto unit = [](std::uint32_t value) {
    std::string text = "\\u";
    for (const int shift : {12, 8, 4, 0}) text += "0123456789abcdef"[value >> shift & 15];
    return text;
  };
  if (code < 0x10000) return unit(code);
  return unit(0xd800 + ((code - 0x10000) >> 10)) + unit(0xdc00 + ((code - 0x10000) & 0x3ff));
}

std::string json_form(std::string_view secret) {
  const std::string quoted = to_canonical_json(Value(secret));
  return quoted.front() == '"' ? quoted.substr(1, quoted.size() - 2) : std::string(secret);
}

/// Where all but ASCII is escaped too: code points above U+FFFF as two.
std::string ascii_json_form(std::string_view secret) {
  std::string text;
  const std::string json = json_form(secret);
  for (std::size_t at = 0; at < json.size();) {
    const auto lead = static_cast<unsigned char>(json[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length == 1) text += json[at];
    if (length > 1) text += escaped_code_point(json.substr(at, length));
    at += length;
  }
  return text;
}

struct Escape {
  char letter;
  std::string_view escaped;
};

std::string escaped_form(std::string_view secret, std::initializer_list<Escape> escapes) {
  std::string text;
  for (const char letter : secret) {
    const auto found =
        std::find_if(escapes.begin(), escapes.end(), [letter](const Escape& one) { return one.letter == letter; });
    if (found == escapes.end()) {
      text += letter;
    } else {
      text += found->escaped;
    }
  }
  return text;
}

/// As pages and XML have it; writers differ in quotes.
std::vector<std::string> markup_forms(std::string_view secret) {
  std::vector<std::string> forms;
  for (const std::string_view quote : {"&quot;", "&#34;", "\""}) {
    for (const std::string_view apostrophe : {"&apos;", "&#39;", "&#x27;", "'"}) {
      forms.push_back(
          escaped_form(secret, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', quote}, {'\'', apostrophe}}));
    }
  }
  return forms;
}

/// Inside single and inside double quotes.
std::vector<std::string> shell_forms(std::string_view secret) {
  return {escaped_form(secret, {{'\'', R"('\'')"}}),
          escaped_form(secret, {{'"', R"(\")"}, {'\\', R"(\\)"}, {'$', R"(\$)"}, {'`', R"(\`)"}})};
}

std::string hex_form(std::string_view secret, std::string_view digits) {
  std::string text;
  for (const unsigned char byte : secret) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

constexpr std::size_t shortest_cut = sizeof(std::uint32_t);

std::uint32_t head_of(std::string_view text) {
  std::uint32_t head = 0;
  std::memcpy(&head, text.data(), sizeof head);
  return head;
}

/// The texts that give `secret` away; some may be shorter than what is cut, some equal.
std::vector<std::string> forms_of(std::string_view secret) {
  constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::vector<std::string> forms = base64_forms(secret, base64_alphabet);
  for (std::string& form : base64_forms(secret, url_alphabet)) forms.push_back(std::move(form));
  forms.emplace_back(secret);
  for (const PercentStyle style : {PercentStyle::upper, PercentStyle::lower, PercentStyle::form}) {
    forms.push_back(percent_form(secret, style));
  }
  for (std::string& form : markup_forms(secret)) forms.push_back(std::move(form));
  for (std::string& form : shell_forms(secret)) forms.push_back(std::move(form));
  forms.push_back(json_form(secret));
  forms.push_back(json_form(forms.back()));  // JSON that stands in a text of JSON
  forms.push_back(ascii_json_form(secret));
  forms.push_back(hex_form(secret, "0123456789abcdef"));
  forms.push_back(hex_form(secret, "0123456789ABCDEF"));
  return forms;
}

/// Of a form that is longer: what a cut leaves.
bool is_beginning(std::string_view text, const std::set<std::string, std::less<>>& forms) {
  if (text.size() < shortest_cut) return false;
  const auto next = forms.lower_bound(text);
  return next != forms.end() && next->starts_with(text);
}

bool is_blank(char letter) { return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r'; }

/// A text as it was before it was broken into lines and indented: each run of blanks is one.
struct OneLine {
  explicit OneLine(std::string_view broken) {
    for (std::size_t at = 0; at < broken.size(); ++at) {
      if (is_blank(broken[at]) && !text.empty() && text.back() == ' ') continue;
      text += is_blank(broken[at]) ? ' ' : broken[at];
      from.push_back(at);
    }
  }
  std::string text;
  std::vector<std::size_t> from;  ///< where each byte of it stands in the broken text
};

}  // namespace

std::string reveal(const Secret& secret, SecretReader& reader) {
  const std::string bytes = reader.read(secret.origin);
  std::string password = secret.label.empty() ? bytes : derived_password(bytes, secret.label);
  switch (secret.form) {
    case SecretForm::clear:
      return password;
    case SecretForm::password_hash:
      return password_hash(password, stable_salt(secret, bytes));
  }
  return password;
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < shortest_cut) return;
  {
    const std::lock_guard lock(mutex_);
    if (secrets_.contains(secret)) return;
  }
  std::vector<std::string> forms = forms_of(secret);
  const bool may_break = std::any_of(secret.begin(), secret.end(), is_blank);
  if (may_break) forms.push_back(OneLine(secret).text);
  const std::lock_guard lock(mutex_);
  secrets_.emplace(secret);
  any_may_break_ = any_may_break_ || may_break;
  for (std::string& form : forms) {
    if (form.size() < shortest_cut) continue;
    heads_.insert(head_of(form));
    forms_.insert(std::move(form));
  }
}

// Of all forms that sort no later than `text`, the last is either its longest beginning or shares fewer bytes with it
// than it has; what sorts between such a form and `text` shares no more, so the search goes on with the shared bytes.
std::size_t Redactor::longest_form_at(std::string_view text) const {
  while (text.size() >= shortest_cut && heads_.contains(head_of(text))) {
    auto last = forms_.upper_bound(text);
    if (last == forms_.begin()) return 0;
    --last;
    const auto shared = std::mismatch(last->begin(), last->end(), text.begin(), text.end()).first;
    if (shared == last->end()) return last->size();
    text = text.substr(0, static_cast<std::size_t>(shared - last->begin()));
  }
  return 0;
}

std::vector<Redactor::Cut> Redactor::cuts_of(std::string_view text) const {
  std::vector<Cut> cuts;
  std::size_t ellipsis = text.find(" ...");
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > ellipsis) ellipsis = text.find(" ...", at);
    std::size_t length = longest_form_at(text.substr(at));
    const bool may_be_cut = length == 0 && ellipsis != std::string_view::npos && ellipsis - at >= shortest_cut &&
                            heads_.contains(head_of(text.substr(at)));
    if (may_be_cut && is_beginning(text.substr(at, ellipsis - at), forms_)) length = ellipsis - at;
    if (length > 0) cuts.push_back({at, at + length});
  }
  return cuts;
}

// All places are found in the text as it came and joined where they overlap: cutting one secret after the other would
// leave the tail of one that overlaps another.
std::string Redactor::redact(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  std::vector<Cut> cuts = cuts_of(text);
  if (any_may_break_) {
    const OneLine line(text);
    for (const Cut& cut : cuts_of(line.text)) cuts.push_back({line.from[cut.begin], line.from[cut.end - 1] + 1});
    std::sort(cuts.begin(), cuts.end(), [](const Cut& one, const Cut& other) { return one.begin < other.begin; });
  }
  std::string clean;
  std::size_t done = 0;
  for (const Cut& cut : cuts) {
    if (cut.begin >= done) clean.append(text.substr(done, cut.begin - done)).append("[secret]");
    done = std::max(done, cut.end);
  }
  return clean.append(text.substr(done));
}

}  // namespace muster
