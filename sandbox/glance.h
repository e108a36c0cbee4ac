#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sandbox/cloud.h"
#include "sandbox/http_service.h"
#include "sandbox/keystone.h"
#include "sandbox/sandbox.h"
#include "sandbox/world.h"

namespace muster::sandbox {

/// Glance v2 as a reader sees it: images listed, filtered, paged and shown.
class Glance {
 public:
  Glance(World& world, const OpenStackOptions& options, const Cloud& cloud, const Keystone& keystone);
  HttpService& service() { return service_; }
  const HttpService& service() const { return service_; }

 private:
  Response list(const Request& request) const;
  Response show(const Request& request) const;
  Response guarded(const Request& request, const Handler& handler) const;
  nlohmann::json view(const Image& image) const;
  bool fits(const Image& image, const Request& request) const;

  const OpenStackOptions options_;
  const Cloud& cloud_;
  const Keystone& keystone_;
  HttpService service_;
};

}  // namespace muster::sandbox
