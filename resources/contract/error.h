#pragma once

// The one exception type. Retry and reporting read the fault, never the text.

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// What kind of failure this is; decides retry, exit code and whether an intent stays open.
enum class Fault {
  usage,        ///< the command line or environment is wrong
  invalid,      ///< a manifest, or a request the backend calls malformed; trying again cannot help
  denied,       ///< authentication or authorisation
  conflict,     ///< the object is not as expected: taken by others, in another state, moved since the plan
  transient,    ///< certainly not done; trying again later may help
  permanent,    ///< certainly not done; trying again cannot help
  unclear,      ///< may or may not have been done: look it up, never repeat blindly
  interrupted,  ///< a person or the system asked us to stop
};

std::string_view to_string(Fault fault);

/// A message for people plus the context frames it passed through, innermost first.
///
/// The message says what happened with the server's own words; `hint` says what to do. Secrets in it are cut by
/// the Redactor at the sink, not here.
class Error : public std::exception {
 public:
  Error(Fault fault, std::string message, std::string hint = {});

  Fault fault() const { return fault_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const std::vector<std::string>& frames() const { return frames_; }

  /// How long the server asked us to wait (RFC 9110 section 10.2.3), when it did.
  std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }

  /// Adds "while creating ..." context; returns *this so that a handler can write `throw error.while_doing(...)`.
  Error& while_doing(std::string frame);
  Error& with_retry_after(std::chrono::milliseconds delay);
  Error& with_hint(std::string hint);

  /// Message, frames and hint on lines of their own.
  std::string full_text() const;

  /// The message alone (std::exception).
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Fault fault_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> frames_;
  std::optional<std::chrono::milliseconds> retry_after_;
};

}  // namespace muster
