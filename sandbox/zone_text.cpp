#include "sandbox/zone_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace muster::sandbox {
namespace {

bool served_as_txt(const std::string& type) {
  return type == "TXT" || type == "SPF" || type == "DKIM" || type == "DMARC";
}

}  // namespace

std::string fold_name(std::string name) {
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return name;
}

std::string quote_txt(const std::string& text) {
  if (!text.empty() && text.front() == '"') return text;
  constexpr std::size_t longest_string = 255;
  std::string quoted;
  std::size_t start = 0;
  do {
    if (start > 0) quoted += ' ';
    quoted += '"';
    for (char letter : text.substr(start, longest_string)) {
      if (letter == '"' || letter == '\\') quoted += '\\';
      quoted += letter;
    }
    quoted += '"';
    start += longest_string;
  } while (start < text.size());
  return quoted;
}

std::string zone_file(const ZoneSoa& soa, const std::vector<DnsRecord>& records) {
  std::size_t column = 8;
  for (const DnsRecord& record : records) column = std::max(column, record.subdomain.size() + 1);
  std::string text = fmt::format("$TTL {}\n@\tIN SOA {} {} ({} {} 3600 {} {})\n", soa.ttl, soa.server, soa.email,
                                 soa.serial, soa.refresh, soa.expire, soa.nx_domain_ttl);
  auto out = std::back_inserter(text);
  for (const DnsRecord& record : records) {
    const bool txt = served_as_txt(record.type);
    fmt::format_to(out, "{:<{}}", record.subdomain, column);
    if (record.ttl != 0) fmt::format_to(out, "{} ", record.ttl);
    fmt::format_to(out, "IN {:<6} {}\n", txt ? "TXT" : record.type, txt ? quote_txt(record.target) : record.target);
  }
  return text;
}

std::int64_t next_serial(std::int64_t serial, ZoneTime now) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
  const std::int64_t first_of_day = (static_cast<int>(day.year()) * 10000LL +
                                     static_cast<unsigned>(day.month()) * 100LL + static_cast<unsigned>(day.day())) *
                                    100;
  return std::max(serial + 1, first_of_day);
}

}  // namespace muster::sandbox
