#pragma once

// One upload and what becomes of it, in the words and numbers that IPD's clients know. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "resources/contract/observed.h"

namespace muster::ipd {

/// The `state` of /info.
enum class State : int {
  never_run = -1,
  accepted = 0,
  unpacking = 1,
  checking = 2,  ///< preparing too
  deploying = 3,
  success = 4,
  no_package = 101,
  no_folder = 102,
  cannot_unpack = 103,
  prepare_failed = 104,
  deploy_failed = 105,
  no_script = 106,  ///< control.sh is missing or cannot be executed
  unpack_late = 1030,
  check_late = 1031,
  prepare_late = 1032,
  deploy_late = 1033,
};

enum class Phase {
  waiting,
  running,
  ended,
  superseded,  ///< a newer upload of the project came before it ran, or while it was interrupted
  cancelled,
};
std::string_view to_string(Phase phase);
/// Precondition: made by to_string().
Phase parse_phase(std::string_view text);

/// How the exit codes of `control.sh check` and `deploy` are read; `prepare` succeeds with 0 and with 1 either way.
enum class ExitCodes {
  legacy,  ///< 1 is success, as the original daemon has it
  usual,   ///< 0 is success
};
std::string_view to_string(ExitCodes codes);
std::optional<ExitCodes> parse_exit_codes(std::string_view text);
int success_code(ExitCodes codes);

/// What was uploaded for one deployment.
struct Content {
  std::string image_name;  ///< a plain file name: the image's place in the folder
  std::string image_digest;
  std::int64_t image_size = 0;
  std::string package_digest;  ///< digests: SHA-256, 64 hex digits
};

struct Deployment {
  std::string id;  ///< UUID version 4 (RFC 4122)
  std::string project;
  std::string version;  ///< empty when the upload told none
  std::string user;
  ExitCodes exit_codes = ExitCodes::legacy;
  Content content;
  Phase phase = Phase::waiting;
  State state = State::accepted;
  std::optional<int> exit_code;  ///< of the script that failed; 128 + n when signal n ended it
  int interruptions = 0;         ///< how often the daemon ended while it ran
  std::string words;             ///< why it failed, for people
  Time accepted_at{};
  std::optional<Time> started_at;
  std::optional<Time> ended_at;
};

/// What /status answers: await, active, ok, changed, cancelled, the number of the script that failed, or err.
std::string status_word(const Deployment& deployment);

/// A letter or digit, then letters, digits, '.', '_' and '-', 64 at most; ASCII.
bool is_project_name(std::string_view text);
/// A file name that a tar may have: its last extension is tar, tgz, gz or bz2, in any case.
bool is_image_name(std::string_view text);
/// The last part of a path that a client sent, with what no file name should hold replaced by '_'.
std::string plain_file_name(std::string_view text);

bool is_uuid(std::string_view text);
/// Random; lower case.
std::string new_uuid();

}  // namespace muster::ipd
