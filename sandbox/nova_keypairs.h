#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sandbox/nova.h"

namespace muster::sandbox {

/// /os-keypairs of the one user. Safe from any thread; the routes refer to it.
class KeyPairs {
 public:
  explicit KeyPairs(Nova& nova);
  bool has(const std::string& name) const;

 private:
  struct KeyPair {
    int id = 0;
    std::string name;
    std::string type;
    std::string public_key;
    std::string fingerprint;
    Time created;
  };

  Response list(const NovaCall& call) const;
  Response show(const NovaCall& call) const;
  Response create(const NovaCall& call);
  Response remove(const NovaCall& call);
  Response missing(const std::string& name) const;
  static nlohmann::json core(const KeyPair& pair, int version);

  Nova& nova_;
  mutable std::mutex mutex_;
  std::map<std::string, KeyPair> pairs_;
  int next_id_ = 1;
};

}  // namespace muster::sandbox
