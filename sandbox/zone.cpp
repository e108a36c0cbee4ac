#include "sandbox/zone.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "sandbox/zone_text.h"

namespace muster::sandbox {
namespace {

constexpr std::int64_t least_ttl = 60;
constexpr std::array<std::string_view, 20> record_types = {"A",     "AAAA",  "CAA",  "CNAME", "DKIM", "DMARC", "DNAME",
                                                           "HTTPS", "LOC",   "MX",   "NAPTR", "NS",   "PTR",   "SPF",
                                                           "SRV",   "SSHFP", "SVCB", "TLSA",  "TXT",  "RP"};

[[noreturn]] void refuse_in_zone(const std::string& text) { throw ZoneRefusal(ZoneRefusalKind::invalid, text); }

bool is_address(int family, const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(family, text.c_str(), bytes.data()) == 1;
}

bool is_like(std::string_view text, std::string_view pattern) {
  const std::size_t percent = pattern.find('%');
  if (percent == std::string_view::npos) return text == pattern;
  const std::string_view head = pattern.substr(0, percent);
  if (text.substr(0, head.size()) != head) return false;
  const std::string_view rest = pattern.substr(percent + 1);
  for (std::size_t start = head.size(); start <= text.size(); ++start)
    if (is_like(text.substr(start), rest)) return true;
  return false;
}

}  // namespace

Zone::Zone(std::string name, ZoneRules rules, std::int64_t& next_id, ZoneTime now)
    : name_(std::move(name)), rules_(rules), name_servers_{"dns104.ovh.net", "ns104.ovh.net"}, last_update_(now) {
  soa_.server = "dns104.ovh.net.";
  soa_.email = "tech.ovh.net.";
  for (const std::string& server : name_servers_) create({next_id++, "NS", "", server + ".", 0}, now);
  create({next_id++, "MX", "", "1 mx1.mail.ovh.net.", 0}, now);
  create({next_id++, "SPF", "", "v=spf1 include:mx.ovh.com ~all", 600}, now);
  soa_.serial = next_serial(0, now);
  for (const auto& [folded, types] : by_name_) published_[folded] = stored_at(folded);
  unrefreshed_.clear();
  history_.push_back(now);
}

void Zone::check(const DnsRecord& record) const {
  if (std::find(record_types.begin(), record_types.end(), record.type) == record_types.end())
    refuse_in_zone(fmt::format(
        "[fieldType] Given data ({}) does not belong to the NamedResolutionFieldTypeEnum enumeration", record.type));
  const bool names_a_host = record.type == "A" || record.type == "AAAA" || record.type == "MX";
  if (names_a_host && record.subdomain.find('_') != std::string::npos)
    refuse_in_zone("Invalid domain name, underscore not allowed");
  if (record.type == "DMARC" && record.subdomain.rfind("_dmarc", 0) != 0)
    refuse_in_zone("Invalid subDomain for DMARC, it must start with _dmarc");
  if ((record.type == "DKIM" || record.type == "DMARC") && !record.target.empty() && record.target.front() == '"')
    refuse_in_zone("Invalid subfield found in " + record.type);
  const bool target_fits = record.type == "A"      ? is_address(AF_INET, record.target)
                           : record.type == "AAAA" ? is_address(AF_INET6, record.target)
                                                   : !record.target.empty();
  if (!target_fits) refuse_in_zone(fmt::format("Invalid target for {}: {}", record.type, record.target));
  if (record.ttl < 0 || record.ttl > 2147483647) refuse_in_zone(fmt::format("Invalid ttl: {}", record.ttl));
  if (record.subdomain.size() + 1 + name_.size() > 253) refuse_in_zone("Invalid domain name, too long");
}

void Zone::check_clash(const DnsRecord& record) const {
  if (!rules_.refuse_cname_clash) return;
  for (const DnsRecord& other : stored_at(fold_name(record.subdomain)))
    if (other.id != record.id && (other.type == "CNAME" || record.type == "CNAME"))
      refuse_in_zone("A CNAME can not live beside another record of the same name");
}

std::vector<DnsRecord> Zone::stored_at(const std::string& folded_name) const {
  std::vector<DnsRecord> found;
  const auto name = by_name_.find(folded_name);
  if (name == by_name_.end()) return found;
  for (const auto& [type, ids] : name->second)
    for (std::int64_t id : ids) found.push_back(records_.at(id).record);
  return found;
}

void Zone::link(const DnsRecord& record) { by_name_[fold_name(record.subdomain)][record.type].insert(record.id); }

void Zone::unlink(const DnsRecord& record) {
  const auto name = by_name_.find(fold_name(record.subdomain));
  const auto type = name->second.find(record.type);
  type->second.erase(record.id);
  if (type->second.empty()) name->second.erase(type);
  if (name->second.empty()) by_name_.erase(name);
}

void Zone::touch(const std::string& subdomain, ZoneTime now) {
  unrefreshed_.insert(fold_name(subdomain));
  last_update_ = now;
}

Zone::Stored& Zone::stored(std::int64_t id) {
  const auto found = records_.find(id);
  if (found == records_.end())
    throw ZoneRefusal(ZoneRefusalKind::unknown_record,
                      fmt::format("The requested object (id = {}) does not exist", id));
  return found->second;
}

DnsRecord Zone::create(DnsRecord draft, ZoneTime now) {
  check(draft);
  check_clash(draft);
  if (draft.ttl > 0) draft.ttl = std::max(draft.ttl, least_ttl);
  records_[draft.id] = {draft, now, now};
  link(draft);
  touch(draft.subdomain, now);
  return draft;
}

void Zone::update(std::int64_t id, const RecordPatch& patch, ZoneTime now) {
  Stored& entry = stored(id);
  DnsRecord wanted = entry.record;
  if (patch.subdomain) wanted.subdomain = *patch.subdomain;
  if (patch.target) wanted.target = *patch.target;
  if (patch.ttl) wanted.ttl = *patch.ttl > 0 ? std::max(*patch.ttl, least_ttl) : *patch.ttl;
  check(wanted);
  check_clash(wanted);
  unlink(entry.record);
  touch(entry.record.subdomain, now);
  entry.record = wanted;
  entry.changed = now;
  link(wanted);
  touch(wanted.subdomain, now);
}

void Zone::remove(std::int64_t id, ZoneTime now) {
  const DnsRecord record = stored(id).record;
  unlink(record);
  touch(record.subdomain, now);
  records_.erase(id);
}

void Zone::set_soa(const ZoneSoa& soa, ZoneTime now) {
  const std::int64_t serial = soa_.serial;
  soa_ = soa;
  soa_.serial = serial;
  soa_unrefreshed_ = true;
  last_update_ = now;
}

void Zone::renumber(std::int64_t& next_id, ZoneTime now) {
  std::map<std::int64_t, Stored> old = std::exchange(records_, {});
  by_name_.clear();
  for (auto& [id, entry] : old) {
    entry.record.id = next_id++;
    link(entry.record);
    const std::int64_t fresh = entry.record.id;
    records_.emplace(fresh, std::move(entry));
  }
  last_update_ = now;
}

std::vector<std::int64_t> Zone::list(const std::optional<std::string>& type,
                                     const std::optional<std::string>& subdomain) const {
  std::vector<std::int64_t> ids;
  const auto take = [&](const auto& types) {
    for (const auto& [of_type, of_ids] : types)
      if (!type || of_type == *type) ids.insert(ids.end(), of_ids.begin(), of_ids.end());
  };
  const std::optional<std::string> pattern = subdomain ? std::optional(fold_name(*subdomain)) : std::nullopt;
  if (!pattern || pattern->find('%') != std::string::npos) {
    for (const auto& [name, types] : by_name_)
      if (!pattern || is_like(name, *pattern)) take(types);
  } else if (const auto name = by_name_.find(*pattern); name != by_name_.end()) {
    take(name->second);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<DnsRecord> Zone::find(std::int64_t id, ZoneTime now) const {
  const auto found = records_.find(id);
  if (found == records_.end() || now < found->second.created + rules_.new_record_hidden_for) return std::nullopt;
  DnsRecord shown = found->second.record;
  const bool settled = rules_.txt_quoted_after && now >= found->second.changed + *rules_.txt_quoted_after;
  if (shown.type == "TXT" && settled) shown.target = quote_txt(shown.target);
  return shown;
}

ZoneTask Zone::refresh(std::int64_t task_id, ZoneTime now) {
  advance(now);
  if (publishing_) {
    if (rules_.refuse_concurrent_refresh)
      throw ZoneRefusal(ZoneRefusalKind::busy, "A refresh of this zone is already in progress");
    return tasks_.back();
  }
  publishing_.emplace();
  for (const std::string& name : unrefreshed_) publishing_->emplace(name, stored_at(name));
  unrefreshed_.clear();
  soa_unrefreshed_ = false;
  tasks_.push_back({task_id, now, now + rules_.refresh_duration, false});
  advance(now);
  return tasks_.back();
}

void Zone::advance(ZoneTime now) {
  if (publishing_ && now >= tasks_.back().due) publish();
}

void Zone::publish() {
  for (auto& [name, records] : *publishing_) {
    if (records.empty())
      published_.erase(name);
    else
      published_[name] = std::move(records);
  }
  publishing_.reset();
  tasks_.back().done = true;
  soa_.serial = next_serial(soa_.serial, tasks_.back().due);
  history_.push_back(tasks_.back().due);
}

ZoneStatus Zone::status() const {
  ZoneStatus status;
  const bool waiting = rules_.status_counts_unrefreshed && (soa_unrefreshed_ || !unrefreshed_.empty());
  status.is_deployed = !publishing_ && !waiting;
  for (const auto& [name, types] : by_name_) {
    const auto alias = types.find("CNAME");
    if (alias != types.end() && (types.size() > 1 || alias->second.size() > 1))
      status.errors.push_back(fmt::format("{}.{}: CNAME and other data", name, name_));
  }
  return status;
}

std::string Zone::export_text() const {
  std::vector<DnsRecord> records;
  if (rules_.export_shows_unrefreshed) {
    records.reserve(records_.size());
    for (const auto& [name, types] : by_name_)
      for (DnsRecord& record : stored_at(name)) records.push_back(std::move(record));
  } else {
    for (const auto& [name, found] : published_) records.insert(records.end(), found.begin(), found.end());
  }
  return zone_file(soa_, records);
}

std::optional<std::vector<DnsRecord>> Zone::resolve(const std::string& subdomain) const {
  const std::string folded = fold_name(subdomain);
  if (const auto exact = published_.find(folded); exact != published_.end()) return exact->second;
  std::string encloser = folded;
  while (!encloser.empty()) {
    const std::size_t dot = encloser.find('.');
    encloser = dot == std::string::npos ? "" : encloser.substr(dot + 1);
    const std::string wildcard = encloser.empty() ? "*" : "*." + encloser;
    if (const auto found = published_.find(wildcard); found != published_.end()) return found->second;
    if (published_.count(encloser) > 0) break;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox
