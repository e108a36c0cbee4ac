#include <fstream>
#include <iterator>

#include "tests/cli/party.h"
#include "tests/support/catch.h"

TEST_CASE("init writes a repository that is valid, and never over another") {
  muster::test::Party party(1);
  for (const auto& entry : std::filesystem::directory_iterator(party.directory())) std::filesystem::remove_all(entry);
  CHECK(party.run({"init"}).code == 0);
  CHECK(party.run({"validate"}).code == 0);
  std::ifstream schema(party.directory() / "muster.schema.json", std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(schema), {}) == party.run({"schema"}).out);
  const auto again = party.run({"init"});
  CHECK(again.code == 3);
  CHECK(again.err.find("exist already; nothing was written") != std::string::npos);
}
