#pragma once

#include <string>

namespace muster::sandbox {

struct SshKey {
  std::string private_pem;  ///< as OpenSSL's traditional PEM, which ssh reads
  std::string public_line;  ///< "ssh-rsa AAAA... Generated-by-Nova"
};

/// A fresh RSA key of 2048 bits. Throws std::runtime_error when OpenSSL cannot make one.
SshKey make_ssh_key();

}  // namespace muster::sandbox
