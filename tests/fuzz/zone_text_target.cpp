// The text of a zone as OVH exports it.

#include "resources/ovh/ownership.h"
#include "resources/ovh/zone_file.h"
#include "tests/fuzz/scripted_server.h"
#include "tests/fuzz/target.h"

namespace muster::fuzz {
namespace {

/// RFC 1035 section 2.3.4 allows 255 bytes; four characters may stand for one.
constexpr std::size_t longest_name = 4 * 255;
constexpr std::int64_t longest_ttl = 0x7fffffff;

void look_at(const ovh::ZoneRecord& record, std::string_view zone_name) {
  require(record.ttl >= 0 && record.ttl <= longest_ttl, "a ttl has 31 bits");
  require(record.name.size() <= longest_name, "a name is no longer than names are");
  require(!record.type.empty(), "a record has a type");
  const std::string target = ovh::canonical_target(record, zone_name);
  require(ovh::canonical_target(record.type, ovh::presented_target(record.type, target), zone_name) == target,
          "a target that is written is read as it was");
  require(ovh::decode_txt(ovh::encode_txt(target)) == target, "a text that is written is read as it was");
  if (const auto text = ovh::parse_scope_text(target))
    require(ovh::parse_scope_text(text->to_string()) == text, "an ownership text that is written is read as it was");
}

}  // namespace

void fuzz_zone_text(std::string_view input) {
  const std::string_view zone_name = "example.com";
  allow_errors([&] {
    const auto records = ovh::parse_zone_file(input, zone_name);
    for (const ovh::ZoneRecord& record : records) look_at(record, zone_name);
    const ovh::RRsets sets = ovh::group_records(records, zone_name);
    require(sets.size() <= records.size(), "grouping invents no records");
    ovh::Scopes(sets, "f1e2d3c4");
  });
}

}  // namespace muster::fuzz
