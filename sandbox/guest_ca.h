#pragma once

#include <memory>
#include <mutex>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace muster::sandbox {

struct OpenSslDeleter {
  void operator()(evp_pkey_st* key) const;
  void operator()(x509_st* certificate) const;
};
using PrivateKey = std::unique_ptr<evp_pkey_st, OpenSslDeleter>;
using Certificate = std::unique_ptr<x509_st, OpenSslDeleter>;

/// The certificate authority that the simulated guests get their certificates from: a fresh key per object, never
/// stored. Safe from any thread.
class GuestCa {
 public:
  /// Throws std::runtime_error with OpenSSL's words.
  GuestCa();

  const std::string& certificate_pem() const { return certificate_pem_; }
  /// A certificate for one DNS name, valid for a day around now; its key is guest_key().
  Certificate issue(const std::string& dns_name);
  evp_pkey_st& guest_key() { return *guest_key_; }

 private:
  std::mutex mutex_;
  long next_serial_ = 1;
  PrivateKey ca_key_;
  PrivateKey guest_key_;
  Certificate ca_;
  std::string certificate_pem_;
};

}  // namespace muster::sandbox
