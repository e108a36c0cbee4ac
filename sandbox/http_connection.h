#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "sandbox/http_message.h"

namespace muster::sandbox {

/// One accepted TCP connection. Owns the file descriptor.
class Connection {
 public:
  explicit Connection(int descriptor);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const { return descriptor_; }
  /// True when bytes of a further request were already received.
  bool has_buffered() const { return position_ < received_.size(); }
  /// The next byte, which stays there; nothing when the client closed, or sent none in time. Blocks as read() does.
  std::optional<char> peek();
  /// Blocks up to the socket's receive timeout; -1 on an error or timeout, 0 when the client closed.
  long read(char* to, std::size_t size);
  bool write(std::string_view bytes);
  /// Lets the destructor end the connection with RST instead of FIN.
  void reset_on_close();
  /// Wakes whoever reads or writes; callable from any thread while the connection lives.
  void shut_down();

 private:
  long receive();

  int descriptor_;
  std::string received_;
  std::size_t position_ = 0;
};

/// Reads calls from connections and writes answers, using cpp-httplib's parser and writer on our own sockets: its own
/// server keeps a thread per idle connection, listens with a backlog of 5 and cannot close without an answer.
/// One thread at a time; each worker has its own.
class HttpExchange {
 public:
  using Process = std::function<Outcome(Request&)>;
  /// `close_always` answers every call with Connection: close.
  HttpExchange(Process process, bool close_always);
  ~HttpExchange();

  /// Handles one call; false when the connection is to be closed.
  bool serve(Connection& connection);

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace muster::sandbox
