#include "resources/ovh/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "resources/contract/error.h"

namespace muster::ovh {

std::string sign(const ApplicationKey& key, std::string_view method, std::string_view url, std::string_view body,
                 std::int64_t timestamp) {
  const std::string joined =
      fmt::format("{}+{}+{}+{}+{}+{}", key.application_secret, key.consumer_key, method, url, body, timestamp);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (EVP_Digest(joined.data(), joined.size(), bytes.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw Error(Fault::permanent, "OpenSSL refuses SHA-1, which the OVH API signs calls with",
                "use an OAuth2 client (clientId, clientSecret): its calls are not signed");
  }
  std::string signature = "$1$";
  for (unsigned int at = 0; at < size; ++at) signature += fmt::format("{:02x}", bytes[at]);
  return signature;
}

}  // namespace muster::ovh
