#pragma once

// The door: HTTP/1.1 requests in, answers out, bodies handed on as they arrive.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace muster::ipd {

struct Request {
  std::string method;
  std::string path;                            ///< decoded, without the query
  std::map<std::string, std::string> headers;  ///< names in lower case; of several of one name the last
  std::string client;                          ///< address of the client; X-Real-IP's when a proxy here forwards it
  std::int64_t content_length = -1;            ///< -1: not told

  /// Empty when it is not there.
  std::string header(const std::string& name) const;
};

struct Response {
  int status = 200;
  std::string body;
  std::string type = "text/html; charset=utf-8";
  std::map<std::string, std::string> headers{};
};

Response plain(std::string text, int status = 200);
/// The words for people stand in a header: old clients compare the body.
Response refusal(int status, std::string body, const std::string& why);

/// Takes a multipart/form-data body (RFC 7578) as it arrives. Called from one thread.
class FormReader {
 public:
  virtual ~FormReader() = default;
  /// `bytes` of the part `name` from `offset` on; a part begins with offset 0. `has_file_name`: it is a file, which may
  /// be called nothing. An empty part is told once.
  virtual void part(const std::string& name, bool has_file_name, const std::string& file_name, std::uint64_t offset,
                    std::string_view bytes) = 0;
  /// The body ended; `whole`: as its form says.
  virtual Response end(bool whole) = 0;
};

/// What to do with a request whose header was read: answer at once, whatever body follows, or read its body.
struct Verdict {
  Response response{};
  std::unique_ptr<FormReader> reader{};  ///< null: answer now
};

struct HttpOptions {
  std::string address;
  int port = 0;
  std::string tls_certificate;  ///< PEM text; empty: plain HTTP
  std::string tls_key;
};

/// One thread per connection, so that a slow upload keeps nobody waiting. `handle` is called on many threads at once.
class HttpServer {
 public:
  using Handle = std::function<Verdict(const Request&)>;

  /// Throws Error(usage) when it cannot listen there.
  HttpServer(const HttpOptions& options, Handle handle);
  /// Ends the connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  /// From now on nobody else may connect; who is connected goes on.
  void stop_listening();

 private:
  class Daemon;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace muster::ipd
