#pragma once

// Somebody else with rights on the same cloud: changes things through its own interfaces, as people in a console do.

#include <cstdint>
#include <string>

#include "sandbox/sandbox.h"

namespace muster::test {

class Outsider {
 public:
  explicit Outsider(sandbox::Sandbox& cloud);

  /// A server without any stamp, from the image of one that is there; its backend id. Waits until it is no longer
  /// built.
  std::string make_server(const std::string& name);
  /// Leaves the only server of that name without metadata.
  void take_stamp_off(const std::string& name);
  void stop_server(const std::string& backend_id);
  // In zone example.com; stored, and served to the public with the next publication.
  void add_record(const std::string& name, const std::string& type, const std::string& target);
  void set_ttl(const std::string& name, const std::string& type, std::int64_t ttl);
  void set_target(const std::string& name, const std::string& type, const std::string& target);
  void remove_records(const std::string& name, const std::string& type);

 private:
  std::string control(const std::string& path, const std::string& body = {});
  std::string nova(const std::string& path, const std::string& body = {}, const std::string& method = "POST");
  void change_records(const std::string& name, const std::string& type, const std::string& change);

  sandbox::Sandbox& cloud_;
};

}  // namespace muster::test
