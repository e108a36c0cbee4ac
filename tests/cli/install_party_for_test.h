#pragma once

// What Install Party does to the two clouds, call by call, against the sandbox; and other people beside it.

#include <string>
#include <vector>

#include "sandbox/sandbox.h"

namespace muster::test {

class InstallParty {
 public:
  /// `name_space` and everything else is as in config().
  InstallParty(sandbox::Sandbox& cloud, std::string name_space);

  /// Its configuration file in the layout of 0.1 to 0.3, for the sandbox.
  std::string config() const;
  /// The secrets in it.
  std::vector<std::string> secrets() const;

  /// A host: a server, waited for, and an A record, published. The server's id.
  std::string create(const std::string& name);
  /// Only the server, without waiting: name, image and flavor as they are given, metadata as JSON.
  std::string add_server(const std::string& server, const std::string& image = "Debian 12",
                         const std::string& metadata = {});
  void await_active(const std::string& id);
  std::string address_of(const std::string& id);
  void add_record(const std::string& sub_domain, const std::string& address);

 private:
  std::string nova(const std::string& method, const std::string& path, const std::string& body = {});
  std::string ovh(const std::string& method, const std::string& path, const std::string& body = {});
  std::string id_of(const std::string& collection, const std::string& name);

  sandbox::Sandbox& cloud_;
  std::string namespace_;
  std::string token_;
  std::string nova_path_;
};

}  // namespace muster::test
