#include "sandbox/guest_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <exception>
#include <stdexcept>

namespace muster::sandbox {
namespace {

/// What the server name callback needs to know of its session.
struct Greeting {
  GuestCa& ca;
  const std::function<bool(const std::string&)>& has_certificate;
  std::string name;
  std::exception_ptr failure;
};

struct SslDeleter {
  void operator()(SSL* session) const { SSL_free(session); }
};

int choose_certificate(SSL* session, Greeting& greeting, int* alert) {
  const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  *alert = SSL_AD_INTERNAL_ERROR;
  if (name == nullptr || !greeting.has_certificate(name)) return SSL_TLSEXT_ERR_ALERT_FATAL;
  greeting.name = name;
  const Certificate certificate = greeting.ca.issue(name);
  const bool usable = SSL_use_certificate(session, certificate.get()) == 1 &&
                      SSL_use_PrivateKey(session, &greeting.ca.guest_key()) == 1;
  return usable ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// OpenSSL is C: an exception waits in the greeting until its frames are left.
int on_server_name(SSL* session, int* alert, void*) {
  auto& greeting = *static_cast<Greeting*>(SSL_get_app_data(session));
  try {
    return choose_certificate(session, greeting, alert);
  } catch (...) {
    greeting.failure = std::current_exception();
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
}

int read_connection(BIO* bio, char* to, int size) {
  auto& connection = *static_cast<Connection*>(BIO_get_data(bio));
  return static_cast<int>(connection.read(to, static_cast<std::size_t>(size)));
}

int write_connection(BIO* bio, const char* from, int size) {
  auto& connection = *static_cast<Connection*>(BIO_get_data(bio));
  return connection.write({from, static_cast<std::size_t>(size)}) ? size : -1;
}

long control_connection(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

ByteStream tls_stream(SSL& session) {
  return {[&session](char* to, std::size_t size) { return SSL_read(&session, to, static_cast<int>(size)); },
          [&session](std::string_view bytes) {
            return SSL_write(&session, bytes.data(), static_cast<int>(bytes.size())) > 0;
          }};
}

}  // namespace

ByteStream plain_stream(Connection& connection) {
  return {[&connection](char* to, std::size_t size) { return connection.read(to, size); },
          [&connection](std::string_view bytes) { return connection.write(bytes); }};
}

void GuestTls::Deleter::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void GuestTls::Deleter::operator()(bio_method_st* method) const { BIO_meth_free(method); }

// OpenSSL's own socket BIO raises SIGPIPE when the client is gone and passes by what the connection has buffered.
GuestTls::GuestTls(GuestCa& ca)
    : ca_(ca),
      method_(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "guest connection")),
      context_(SSL_CTX_new(TLS_server_method())) {
  if (!method_ || !context_) throw std::runtime_error("OpenSSL cannot set up TLS for the simulated guests");
  BIO_meth_set_read(method_.get(), read_connection);
  BIO_meth_set_write(method_.get(), write_connection);
  BIO_meth_set_ctrl(method_.get(), control_connection);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_tlsext_servername_callback(context_.get(), on_server_name);
}

GuestTls::~GuestTls() = default;

void GuestTls::serve(Connection& connection, const std::function<bool(const std::string& name)>& has_certificate,
                     const std::function<void(const ByteStream&, const std::string& name)>& talk) {
  const std::unique_ptr<SSL, SslDeleter> session(SSL_new(context_.get()));
  BIO* bio = session ? BIO_new(method_.get()) : nullptr;
  if (bio == nullptr) throw std::runtime_error("OpenSSL cannot set up a TLS session for a simulated guest");
  BIO_set_data(bio, &connection);
  BIO_set_init(bio, 1);
  SSL_set_bio(session.get(), bio, bio);
  Greeting greeting{ca_, has_certificate, {}, nullptr};
  SSL_set_app_data(session.get(), &greeting);
  ERR_clear_error();
  // Without a server name OpenSSL does not call back and finds no certificate, which ends in an alert as well.
  const bool greeted = SSL_accept(session.get()) == 1;
  if (greeting.failure) std::rethrow_exception(greeting.failure);
  if (greeted) {
    talk(tls_stream(*session), greeting.name);
    SSL_shutdown(session.get());
  }
  ERR_clear_error();
}

}  // namespace muster::sandbox
