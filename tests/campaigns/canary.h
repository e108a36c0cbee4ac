#pragma once

// Secrets that are nowhere else, and the search for them in whatever a program has left behind.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace muster::test {

struct Canary {
  std::string what;  ///< "the password in OS_PASSWORD"
  std::string bytes;
};

/// A text that is in no other, with the signs that encodings change; those a header or a variable cannot carry are left
/// out. The same for the same `what`.
Canary canary(const std::string& what);

/// How a text may look on its way: form -> bytes. As it is, in base64 of all alignments and both alphabets, hex,
/// percent-encoded, escaped for JSON (once, twice, in ASCII), XML and the shell; and the beginning of each, as a cut
/// leaves it.
std::map<std::string, std::string> forms_of(std::string_view secret);

/// All that was written anywhere.
class Traces {
 public:
  void add(std::string where, std::string_view bytes);
  /// "WHAT in WHERE, as FORM: ...surroundings..."; each pair of canary and place once.
  std::vector<std::string> hits(const std::vector<Canary>& canaries) const;
  bool contain(std::string_view text) const;
  std::size_t bytes() const;

 private:
  std::map<std::string, std::string> written_;  ///< appended to where the place is the same
};

}  // namespace muster::test
