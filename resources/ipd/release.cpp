#include "resources/ipd/release.h"

namespace muster::ipd_driver {

std::string Release::key() const {
  constexpr std::size_t length = 16;
  return digest_bytes(image_sha256 + "\n" + package_sha256 + "\n" + version).substr(0, length);
}

Release release_of(const Value& deployment) {
  return {deployment.string_at("image_sha256"), deployment.string_at("package_sha256"),
          deployment.string_at("version")};
}

Release release_of(const Deployed& deployed) {
  return {deployed.image_sha256, deployed.package_sha256, deployed.version};
}

}  // namespace muster::ipd_driver
