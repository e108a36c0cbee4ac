#pragma once

// An ssh that runs one command on another host, for as long as somebody here wants it to.

#include <sys/types.h>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace muster::state {

class SshChild {
 public:
  /// Starts ssh and does not wait for it. It asks nothing, shares no connection with others, is not reached by Ctrl+C,
  /// and gives up when the other side is silent for twenty seconds. Throws Error(permanent) when it cannot be started.
  SshChild(const std::vector<std::string>& ssh, const std::string& host, const std::string& command);
  /// Ends its input, then waits for it; after some seconds it is ended.
  ~SshChild();
  SshChild(const SshChild&) = delete;
  SshChild& operator=(const SshChild&) = delete;

  /// False when nobody reads any more.
  bool write(const std::string& text) const;
  /// A line without its end; nothing when the command has ended, or `stop` was asked for.
  std::optional<std::string> read_line(const std::stop_token& stop);
  enum class Wait {
    ended,  ///< the command has, or it closed what it writes to
    woken,  ///< `wake` can be read
    silent  ///< nothing for so long
  };
  /// `wake`: -1 for none.
  Wait wait(int milliseconds, int wake);
  /// What ssh and the command have said on stderr, once they have ended: waits for that.
  std::string last_words();

 private:
  pid_t process_ = -1;
  int talk_ = -1;    ///< its stdin and stdout
  int errors_ = -1;  ///< its stderr
  std::string heard_;
};

}  // namespace muster::state
