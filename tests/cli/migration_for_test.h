#pragma once

// A directory of manifests that Install Party's configuration became, and the hosts it left behind.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/cli/install_party_for_test.h"
#include "tests/cli/party.h"
#include "tests/support/catch.h"

namespace muster::test {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A party whose directory holds what `muster import` wrote, and nothing else.
class Migration {
 public:
  explicit Migration(const std::string& name_space = "my-super-event") : party(0), old(party.cloud(), name_space) {
    for (const auto& entry : std::filesystem::directory_iterator(party.directory())) std::filesystem::remove_all(entry);
    party.set_variable("WORKSHOP_PASSWORD", "fake-workshop-password");
  }

  Ran import() {
    party.write("config.yaml", old.config());
    Ran ran = party.run(
        {"import", "install-party", (party.directory() / "config.yaml").string(), "-o", party.directory().string()});
    // The pace is for the real OVH.
    replace("connections.yaml", "  endpoint:", "  requestsPerMinute: 60000\n  burst: 5000\n  endpoint:");
    return ran;
  }
  void replace(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = file_text(party.directory() / file);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    party.write(file, text.replace(at, from.size(), to));
  }
  /// Imports and names the hosts.
  void import_with(const std::string& hosts) {
    REQUIRE(import().code == 0);
    replace("workshop.yaml", "hosts: 0", "hosts: " + hosts);
  }

  std::size_t servers_made() { return party.cloud().ledger().created_ever("server").size(); }
  std::set<std::string> deleted(const std::string& kind) {
    std::set<std::string> ids;
    for (const auto& entry : party.cloud().ledger().entries(kind)) {
      if (entry.event == sandbox::Event::deleted) ids.insert(entry.id);
    }
    return ids;
  }

  Party party;
  InstallParty old;
};

}  // namespace muster::test
