#include "tests/campaigns/neighbours.h"

#include <algorithm>

#include "tests/cli/outsider.h"

namespace muster::test {

Neighbours::Neighbours(Party& party) : ledger_(party.cloud().ledger()) {
  Outsider outsider(party.cloud());
  for (const char* name : {"anna.my-event.example.com", "my-event", "ci-runner"})
    servers_.insert(outsider.make_server(name));
  outsider.add_record("www", "A", "203.0.113.80");
  outsider.add_record("my-event2", "A", "203.0.113.81");
  outsider.add_record("mail", "AAAA", "2001:db8::25");
  outsider.add_record("_muster.other", "TXT", "\"somebody else's\"");
  since_ = ledger_.last();
}

std::size_t Neighbours::harmed() const {
  const auto is_harm = [this](const sandbox::LedgerEntry& entry) {
    return (entry.event == sandbox::Event::changed || entry.event == sandbox::Event::deleted) &&
           (entry.kind == "foreign-record" || (entry.kind == "server" && servers_.contains(entry.id)));
  };
  const auto entries = ledger_.entries({}, since_);
  return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), is_harm));
}

}  // namespace muster::test
