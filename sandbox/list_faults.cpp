#include "sandbox/list_faults.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace muster::sandbox {
namespace {

using nlohmann::json;

/// "servers_links" beside "servers" tells where the next page is.
json* list_in(json& body) {
  if (body.is_array()) return &body;
  if (!body.is_object()) return nullptr;
  for (auto& [name, value] : body.items()) {
    if (value.is_array() && !name.ends_with("links")) return &value;
  }
  return nullptr;
}

}  // namespace

std::string with_list_faults(const std::string& body, double missing, double repeated, Random& random) {
  json document = json::parse(body, nullptr, false);
  json* const list = list_in(document);
  if (list == nullptr) return body;
  constexpr std::uint64_t fine = 1'000'000;
  const auto happens = [&random](double probability) {
    return static_cast<double>(random.below(fine)) < probability * static_cast<double>(fine);
  };
  json spoilt = json::array();
  for (const json& item : *list) {
    if (happens(missing)) continue;
    spoilt.push_back(item);
    if (happens(repeated)) spoilt.push_back(item);
  }
  *list = std::move(spoilt);
  return document.dump();
}

Response StaleAnswers::instead_of(const std::string& call, Response fresh, Time now, std::chrono::milliseconds lag) {
  const std::lock_guard lock(mutex_);
  auto& answers = answers_[call];
  std::erase_if(answers, [&](const auto& answer) { return now - answer.first > lag; });
  answers.emplace_back(now, std::move(fresh));
  return answers.front().second;
}

}  // namespace muster::sandbox
