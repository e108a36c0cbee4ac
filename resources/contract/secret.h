#pragma once

// Revealing secrets, and keeping them out of everything we write.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "resources/contract/value.h"

namespace muster {

/// Gives the bytes of a secret at the moment they are needed. Thread-safe.
class SecretReader {
 public:
  virtual ~SecretReader() = default;
  /// The bytes of `origin`, final newline removed. Every byte string it returns has been given to the Redactor.
  /// Throws Error(invalid) naming the variable, file or command and what is wrong with it.
  virtual std::string read(const SecretOrigin& origin) = 0;
};

/// For those who ask only whether a secret is given: reads nothing, and gives a word in its place.
class UnreadSecrets : public SecretReader {
 public:
  std::string read(const SecretOrigin&) override { return "(unread)"; }
};

/// What the backend gets: `read`, then derived by label, then put into form.
std::string reveal(const Secret& secret, SecretReader& reader);

/// Cuts known secrets out of text at every sink: screen, log, database, plan, event, report. Thread-safe.
class Redactor {
 public:
  /// Secrets shorter than four bytes are not registered: cutting them would mangle every text.
  void add(std::string_view secret);
  /// Replaces each registered secret by "[secret]": as it is, also broken at its blanks into lines, and as base64, hex,
  /// percent-encoded, or escaped for JSON, JSON in JSON, markup and the shell; and what is left of one before " ...".
  std::string redact(std::string_view text) const;

 private:
  struct Cut {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::size_t longest_form_at(std::string_view text) const;
  std::vector<Cut> cuts_of(std::string_view text) const;

  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> secrets_;  ///< what was added
  std::set<std::string, std::less<>> forms_;    ///< all that is cut out
  /// The first four bytes of each form: what tells at once that no form begins at a place.
  std::unordered_set<std::uint32_t> heads_;
  bool any_may_break_ = false;  ///< one has a blank, at which a line may be broken
};

}  // namespace muster
