#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sandbox/guest_ca.h"
#include "sandbox/http_connection.h"

struct ssl_ctx_st;
struct bio_method_st;

namespace muster::sandbox {

/// Bytes in both directions, plain or through TLS. Valid while the connection below it lives.
struct ByteStream {
  /// Blocks; 0 or less when there is nothing more to come.
  std::function<long(char* to, std::size_t size)> read;
  std::function<bool(std::string_view bytes)> write;
};

ByteStream plain_stream(Connection& connection);

/// The TLS side of every guest. Safe from any thread.
class GuestTls {
 public:
  /// The CA outlives the object.
  explicit GuestTls(GuestCa& ca);
  ~GuestTls();

  /// Speaks TLS on the connection: greets, calls `talk` with the stream and the name that the client asked for, and
  /// says goodbye. A client that names no server, or a name that `has_certificate` denies, gets the alert that Caddy
  /// sends; then, and when the greeting fails, `talk` is not called.
  void serve(Connection& connection, const std::function<bool(const std::string& name)>& has_certificate,
             const std::function<void(const ByteStream&, const std::string& name)>& talk);

 private:
  struct Deleter {
    void operator()(ssl_ctx_st* context) const;
    void operator()(bio_method_st* method) const;
  };

  GuestCa& ca_;
  std::unique_ptr<bio_method_st, Deleter> method_;
  std::unique_ptr<ssl_ctx_st, Deleter> context_;
};

}  // namespace muster::sandbox
