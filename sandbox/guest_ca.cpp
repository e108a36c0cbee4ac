#include "sandbox/guest_ca.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace muster::sandbox {
namespace {

struct ExtensionDeleter {
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

[[noreturn]] void fail(const std::string& what) {
  std::array<char, 256> words{};
  ERR_error_string_n(ERR_get_error(), words.data(), words.size());
  throw std::runtime_error("the guests' certificate authority: " + what + ": " + words.data());
}

PrivateKey new_key() {
  PrivateKey key(EVP_EC_gen("P-256"));
  if (!key) fail("making a key");
  return key;
}

void extend(X509& certificate, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, ExtensionDeleter> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  if (!extension || X509_add_ext(&certificate, extension.get(), -1) != 1) fail("extension " + value);
}

Certificate blank(const std::string& common_name, long serial, EVP_PKEY& key) {
  constexpr long day = 86400;
  Certificate certificate(X509_new());
  if (!certificate) fail("making a certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30 * day);
  X509_set_pubkey(certificate.get(), &key);
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0);
  return certificate;
}

void sign(X509& certificate, X509& issuer, EVP_PKEY& key) {
  if (X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer)) != 1 ||
      X509_sign(&certificate, &key, EVP_sha256()) == 0)
    fail("signing");
}

std::string to_pem(X509& certificate) {
  const std::unique_ptr<BIO, BioDeleter> memory(BIO_new(BIO_s_mem()));
  if (!memory || PEM_write_bio_X509(memory.get(), &certificate) != 1) fail("writing PEM");
  const char* text = nullptr;
  const long size = BIO_ctrl(memory.get(), BIO_CTRL_INFO, 0, &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

void OpenSslDeleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void OpenSslDeleter::operator()(x509_st* certificate) const { X509_free(certificate); }

GuestCa::GuestCa() : ca_key_(new_key()), guest_key_(new_key()) {
  ca_ = blank("Muster sandbox guest CA", next_serial_++, *ca_key_);
  extend(*ca_, *ca_, NID_basic_constraints, "critical,CA:TRUE");
  extend(*ca_, *ca_, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(*ca_, *ca_, NID_subject_key_identifier, "hash");
  sign(*ca_, *ca_, *ca_key_);
  certificate_pem_ = to_pem(*ca_);
}

Certificate GuestCa::issue(const std::string& dns_name) {
  const std::lock_guard lock(mutex_);
  // A common name holds 64 characters; clients read the alternative name.
  Certificate certificate = blank(dns_name.substr(0, 64), next_serial_++, *guest_key_);
  extend(*certificate, *ca_, NID_basic_constraints, "critical,CA:FALSE");
  extend(*certificate, *ca_, NID_ext_key_usage, "serverAuth");
  extend(*certificate, *ca_, NID_subject_alt_name, "DNS:" + dns_name);
  sign(*certificate, *ca_, *ca_key_);
  return certificate;
}

}  // namespace muster::sandbox
