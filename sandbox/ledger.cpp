#include "sandbox/ledger.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace muster::sandbox {
namespace {

std::string_view event_name(Event event) {
  switch (event) {
    case Event::created:
      return "created";
    case Event::changed:
      return "changed";
    case Event::deleted:
      return "deleted";
    case Event::called:
      return "called";
  }
  return "unknown";
}

}  // namespace

std::string iso_time(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), micros);
}

nlohmann::json LedgerEntry::to_json() const {
  nlohmann::json json{{"seq", seq}, {"time", iso_time(time)}, {"event", event_name(event)}};
  const bool call = event == Event::called;
  json[call ? "service" : "kind"] = kind;
  json[call ? "method" : "id"] = id;
  json[call ? "path" : "name"] = name;
  json["details"] = details.empty() ? nlohmann::json(nullptr) : nlohmann::json::parse(details);
  return json;
}

Ledger::Ledger(Clock clock) : clock_(std::move(clock)) {}

void Ledger::append(Event event, std::string kind, std::string id, std::string name, std::string details) {
  const Time now = clock_();
  const std::lock_guard lock(mutex_);
  if (event == Event::created) {
    ++counts_[kind].created;
    created_.insert_or_assign(id, now);
  }
  if (event == Event::deleted) ++counts_[kind].deleted;
  if (event == Event::called) {
    ++calls_[kind][id];
    --under_way_[kind];
  }
  entries_.push_back(
      {entries_.size() + 1, now, event, std::move(kind), std::move(id), std::move(name), std::move(details)});
}

void Ledger::created(std::string kind, std::string id, std::string name, std::string details) {
  append(Event::created, std::move(kind), std::move(id), std::move(name), std::move(details));
}

void Ledger::changed(std::string kind, std::string id, std::string name, std::string details) {
  append(Event::changed, std::move(kind), std::move(id), std::move(name), std::move(details));
}

void Ledger::deleted(std::string kind, std::string id, std::string name, std::string details) {
  append(Event::deleted, std::move(kind), std::move(id), std::move(name), std::move(details));
}

void Ledger::calling(const std::string& service) {
  const std::lock_guard lock(mutex_);
  std::uint64_t& most = most_at_once_[service];
  most = std::max(most, ++under_way_[service]);
}

void Ledger::called(std::string service, std::string method, std::string path, int status,
                    std::chrono::milliseconds latency) {
  append(Event::called, std::move(service), std::move(method), std::move(path),
         fmt::format(R"({{"status":{},"latency_ms":{}}})", status, latency.count()));
}

std::optional<Time> Ledger::created_at(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = created_.find(id);
  return found == created_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<LedgerEntry> Ledger::entries(std::string_view kind, std::uint64_t since) const {
  const std::lock_guard lock(mutex_);
  std::vector<LedgerEntry> found;
  for (std::size_t i = since; i < entries_.size(); ++i) {
    if (kind.empty() || entries_[i].kind == kind) found.push_back(entries_[i]);
  }
  return found;
}

std::vector<LedgerEntry> Ledger::created_ever(std::string_view kind) const {
  auto found = entries(kind);
  std::erase_if(found, [](const LedgerEntry& entry) { return entry.event != Event::created; });
  return found;
}

Counts Ledger::counts(std::string_view kind) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(kind);
  return found == counts_.end() ? Counts{} : found->second;
}

std::uint64_t Ledger::calls(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  if (const auto found = calls_.find(service); found != calls_.end()) {
    for (const auto& [method, number] : found->second) total += number;
  }
  return total;
}

std::uint64_t Ledger::last() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t Ledger::under_way() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& [service, number] : under_way_) total += number;
  return total;
}

std::uint64_t Ledger::most_at_once(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  const auto found = most_at_once_.find(service);
  return found == most_at_once_.end() ? 0 : found->second;
}

nlohmann::json Ledger::summary() const {
  const std::lock_guard lock(mutex_);
  nlohmann::json json{{"objects", nlohmann::json::object()},
                      {"calls", nlohmann::json::object()},
                      {"methods", nlohmann::json::object()},
                      {"most_at_once", most_at_once_},
                      {"seq", entries_.size()}};
  for (const auto& [kind, counts] : counts_) {
    json["objects"][kind] = {{"created", counts.created}, {"deleted", counts.deleted}, {"alive", counts.alive()}};
  }
  for (const auto& [service, methods] : calls_) {
    std::uint64_t total = 0;
    for (const auto& [method, number] : methods) total += number;
    json["calls"][service] = total;
    json["methods"][service] = methods;
  }
  return json;
}

}  // namespace muster::sandbox
