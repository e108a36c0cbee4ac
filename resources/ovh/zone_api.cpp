#include "resources/ovh/zone_api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "resources/ovh/zone_file.h"

namespace muster::ovh {
namespace {

using Json = nlohmann::json;

constexpr std::size_t batch_size = 50;
/// A record just made may be listed before it can be read.
constexpr int read_rounds = 12;
constexpr std::chrono::milliseconds read_pause{5'000};

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t integer_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::optional<ZoneRecord> record_of(const Json& object) {
  if (!object.is_object() || !object.contains("fieldType") || !object.contains("target")) return std::nullopt;
  ZoneRecord record;
  record.id = integer_member(object, "id");
  record.name = fold_name(text_member(object, "subDomain"));
  record.type = text_member(object, "fieldType");
  record.target = text_member(object, "target");
  record.ttl = integer_member(object, "ttl");
  if (served_type(record.type) == "TXT") record.target = decode_txt(record.target);
  return record;
}

std::vector<std::string> texts_of(const Json& object, const char* name) {
  std::vector<std::string> texts;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return texts;
  for (const Json& text : *found) texts.push_back(text.is_string() ? text.get<std::string>() : text.dump());
  return texts;
}

bool is_gone(const ApiError& error) {
  return error.answer().status == 404 && error.answer().message.find("object") != std::string::npos;
}

/// How an API that does not know a form of a call may refuse it.
bool is_unknown_form(int status) { return status == 400 || status == 404 || status == 405; }

Error unexpected(const std::string& zone, std::string_view what) {
  return Error(Fault::permanent, fmt::format("OVH answered for zone {} with {}", zone, what),
               "this version of muster does not know that form; please report it");
}

}  // namespace

ZoneApi::ZoneApi(OvhSession& session, std::string zone, Context& context)
    : session_(session), zone_(std::move(zone)), context_(context) {}

std::string ZoneApi::path(const std::string& below) const {
  return "/domain/zone/" + net::percent_encode(zone_) + below;
}

RRsets ZoneApi::read_all() {
  const auto exported = export_all();
  RRsets sets = group_records(exported ? *exported : list(""), zone_);
  session_.remember_read(zone_, std::make_shared<const RRsets>(sets));
  return sets;
}

std::optional<std::vector<ZoneRecord>> ZoneApi::export_all() {
  if (!session_.may_export(zone_)) return std::nullopt;
  try {
    const Json answer = session_.client().get(path("/export"), context_);
    if (!answer.is_string()) throw unexpected(zone_, "an export that is no text");
    auto records = parse_zone_file(answer.get<std::string>(), zone_);
    // Every zone has name servers: a text without any record is no proof that the zone is empty.
    if (!records.empty()) return records;
  } catch (const ApiError& error) {
    if (error.answer().refusal != Refusal::missing_right) throw;
    context_.logger.log(LogLevel::info, error.message() + "; reading record by record");
  }
  session_.cannot_export(zone_);
  return std::nullopt;
}

std::vector<ZoneRecord> ZoneApi::read_name(const std::string& name) {
  std::vector<ZoneRecord> records = list("?subDomain=" + net::percent_encode(name));
  // OVH's filter takes wildcards, so it may find more than was meant.
  std::erase_if(records, [&](const ZoneRecord& record) { return record.name != fold_name(name); });
  return records;
}

std::vector<ZoneRecord> ZoneApi::list(const std::string& query) {
  std::vector<ZoneRecord> records;
  std::vector<std::int64_t> missing = ids(query);
  for (int round = 0; !missing.empty(); ++round) {
    for (ZoneRecord& record : read_ids(missing)) {
      std::erase(missing, record.id);
      records.push_back(std::move(record));
    }
    if (missing.empty()) break;
    const auto listed = ids(query);
    const std::set<std::int64_t> still(listed.begin(), listed.end());
    std::erase_if(missing, [&](std::int64_t id) { return still.count(id) == 0; });
    if (missing.empty()) break;
    if (round == read_rounds)
      throw Error(Fault::transient,
                  fmt::format("OVH lists records of zone {} that it cannot show: {}", zone_, fmt::join(missing, ", ")));
    if (!context_.clock.sleep(read_pause, context_.stop))
      throw Error(Fault::interrupted, "stopped while reading zone " + zone_);
  }
  return records;
}

std::vector<std::int64_t> ZoneApi::ids(const std::string& query) {
  const Json answer = session_.client().get(path("/record" + query), context_);
  if (!answer.is_array()) throw unexpected(zone_, "a list of records that is no list");
  std::vector<std::int64_t> found;
  for (const Json& id : answer) {
    if (!id.is_number_integer()) throw unexpected(zone_, "a record id that is no integer");
    found.push_back(id.get<std::int64_t>());
  }
  return found;
}

std::vector<ZoneRecord> ZoneApi::read_ids(const std::vector<std::int64_t>& all) {
  std::vector<ZoneRecord> found;
  for (std::size_t start = 0; start < all.size(); start += batch_size) {
    const std::size_t end = std::min(start + batch_size, all.size());
    const std::vector<std::int64_t> chunk(all.begin() + static_cast<std::ptrdiff_t>(start),
                                          all.begin() + static_cast<std::ptrdiff_t>(end));
    if (chunk.size() == 1 || !read_batch(chunk, found)) read_singly(chunk, found);
  }
  return found;
}

bool ZoneApi::read_batch(const std::vector<std::int64_t>& chunk, std::vector<ZoneRecord>& found) {
  if (!session_.may_batch()) return false;
  const Call call{net::Method::get, path(fmt::format("/record/{}", fmt::join(chunk, ","))), {}, true};
  Json items;
  try {
    items = session_.client().call(call, context_, {{"X-Ovh-Batch", ","}});
  } catch (const ApiError& error) {
    if (!is_unknown_form(error.answer().status)) throw;
    context_.logger.log(LogLevel::info, error.message() + "; reading one by one");
  }
  if (!items.is_array()) {
    session_.cannot_batch();
    return false;
  }
  std::vector<std::int64_t> refused;
  std::set<std::int64_t> asked(chunk.begin(), chunk.end());
  for (const Json& item : items) {
    const auto record = item.is_object() ? record_of(item.value("value", Json())) : std::nullopt;
    if (record && asked.erase(record->id) > 0) found.push_back(*record);
  }
  // What the batch did not answer is asked singly, so that its own error is seen.
  refused.assign(asked.begin(), asked.end());
  read_singly(refused, found);
  return true;
}

void ZoneApi::read_singly(const std::vector<std::int64_t>& chunk, std::vector<ZoneRecord>& found) {
  for (const std::int64_t id : chunk) {
    try {
      const auto record = record_of(session_.client().get(path(fmt::format("/record/{}", id)), context_));
      if (!record) throw unexpected(zone_, fmt::format("a record {} without type or target", id));
      found.push_back(*record);
    } catch (const ApiError& error) {
      if (!is_gone(error)) throw;
    }
  }
}

void ZoneApi::create(const ZoneRecord& record) {
  session_.forget_read(zone_);
  const Json body = {{"fieldType", record.type},
                     {"subDomain", record.name},
                     {"target", presented_target(record.type, record.target)},
                     {"ttl", record.ttl}};
  session_.client().call({net::Method::post, path("/record"), body.dump(), false}, context_);
}

bool ZoneApi::put(const ZoneRecord& record) {
  session_.forget_read(zone_);
  const Json body = {{"target", presented_target(record.type, record.target)}, {"ttl", record.ttl}};
  try {
    session_.client().call({net::Method::put, path(fmt::format("/record/{}", record.id)), body.dump(), true}, context_);
    return true;
  } catch (const ApiError& error) {
    if (!is_gone(error)) throw;
    return false;
  }
}

bool ZoneApi::remove(std::int64_t id) {
  session_.forget_read(zone_);
  try {
    session_.client().call({net::Method::remove, path(fmt::format("/record/{}", id)), {}, true}, context_);
    return true;
  } catch (const ApiError& error) {
    if (!is_gone(error)) throw;
    return false;
  }
}

bool ZoneApi::refresh() {
  try {
    session_.client().call({net::Method::post, path("/refresh"), {}, true}, context_);
    return true;
  } catch (const ApiError& error) {
    if (error.answer().refusal != Refusal::busy) throw;
    return false;
  }
}

std::optional<ZoneStatus> ZoneApi::status() {
  try {
    const Json answer = session_.client().get(path("/status"), context_);
    if (!answer.is_object()) throw unexpected(zone_, "a status that is no object");
    const auto deployed = answer.find("isDeployed");
    const bool is_deployed = deployed != answer.end() && deployed->is_boolean() && deployed->get<bool>();
    return ZoneStatus{is_deployed, texts_of(answer, "errors"), texts_of(answer, "warnings")};
  } catch (const ApiError& error) {
    if (error.answer().refusal != Refusal::missing_right) throw;
    return std::nullopt;
  }
}

}  // namespace muster::ovh
