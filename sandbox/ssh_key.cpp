#include "sandbox/ssh_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>
#include <string_view>

#include "sandbox/base64.h"
#include "sandbox/guest_ca.h"

namespace muster::sandbox {
namespace {

struct Deleter {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* file) const { BIO_free(file); }
};

void check(bool fine) {
  if (!fine) throw std::runtime_error("OpenSSL cannot make an RSA key");
}

/// RFC 4251 section 5: a length of four bytes, then the bytes.
void append_string(std::string& to, std::string_view bytes) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(bytes.size() >> static_cast<unsigned>(shift));
  to += bytes;
}

/// RFC 4251 section 5: an mpint has a leading zero where its first bit would otherwise be a sign.
void append_number(std::string& to, const EVP_PKEY& key, const char* parameter) {
  BIGNUM* raw = nullptr;
  check(EVP_PKEY_get_bn_param(&key, parameter, &raw) == 1);
  const std::unique_ptr<BIGNUM, Deleter> number(raw);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  const bool signed_looking = (static_cast<unsigned char>(bytes.front()) & 0x80U) != 0;
  append_string(to, signed_looking ? std::string(1, '\0') + bytes : bytes);
}

}  // namespace

SshKey make_ssh_key() {
  const PrivateKey key(EVP_RSA_gen(2048));
  check(key != nullptr);
  std::string wire;
  append_string(wire, "ssh-rsa");
  append_number(wire, *key, OSSL_PKEY_PARAM_RSA_E);
  append_number(wire, *key, OSSL_PKEY_PARAM_RSA_N);

  const std::unique_ptr<BIO, Deleter> file(BIO_new(BIO_s_mem()));
  check(file != nullptr);
  check(PEM_write_bio_PrivateKey_traditional(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(file.get(), &text);
  return {std::string(text, static_cast<std::size_t>(size)), "ssh-rsa " + base64(wire) + " Generated-by-Nova"};
}

}  // namespace muster::sandbox
