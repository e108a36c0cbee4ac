#include "tests/campaigns/census.h"

#include <algorithm>

namespace muster::test {

Census census(const sandbox::Ledger& ledger, std::uint64_t since) {
  Census result;
  std::map<std::string, std::string> names;  // by kind and id: a change may tell another one
  const auto note_peak = [&](const std::string& name) {
    result.peak[name] = std::max(result.peak[name], result.standing[name]);
  };
  bool counting = since == 0;
  for (const sandbox::LedgerEntry& entry : ledger.entries()) {
    if (!counting && entry.seq > since) {
      counting = true;
      for (const auto& [name, count] : result.standing) result.peak[name] = count;
    }
    const std::string object = entry.kind + " " + entry.id;
    if (entry.event == sandbox::Event::created) {
      const std::string& name = names[object] = entry.kind + " " + entry.name;
      ++result.standing[name];
      if (counting) note_peak(name);
    } else if (entry.event == sandbox::Event::deleted) {
      --result.standing[names[object]];
    }
  }
  std::erase_if(result.standing, [](const auto& counted) { return counted.second == 0; });
  return result;
}

std::size_t surplus(const std::map<std::string, std::size_t>& found,
                    const std::map<std::string, std::size_t>& expected) {
  std::size_t more = 0;
  for (const auto& [name, count] : found) {
    const auto allowed = expected.find(name);
    const std::size_t most = allowed == expected.end() ? 0 : allowed->second;
    more += count - std::min(count, most);
  }
  return more;
}

}  // namespace muster::test
