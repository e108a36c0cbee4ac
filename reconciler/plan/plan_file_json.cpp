#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>

#include "reconciler/plan/plan_file.h"
#include "resources/contract/error.h"
#include "resources/contract/json_depth.h"

namespace muster::plan {
namespace {

using Json = nlohmann::json;

constexpr const char* format_name = "muster-plan";
constexpr const char* make_another = "make another with: muster plan -o FILE";

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string text_of(const Json& json) { return json.is_null() ? std::string() : json.get<std::string>(); }

std::string_view word_of(Half half) {
  switch (half) {
    case Half::whole:
      return "whole";
    case Half::create_new:
      return "create_new";
    case Half::remove_old:
      return "remove_old";
  }
  return "whole";
}

Half half_from(const std::string& word) {
  for (const Half half : {Half::whole, Half::create_new, Half::remove_old}) {
    if (word_of(half) == word) return half;
  }
  throw Error(Fault::invalid, fmt::format("'{}' is no half of a step", word));
}

Verb verb_from(const std::string& word) {
  for (const Verb verb : {Verb::create, Verb::update, Verb::replace, Verb::remove, Verb::flush}) {
    if (to_string(verb) == word) return verb;
  }
  throw Error(Fault::invalid, fmt::format("'{}' is no verb", word));
}

Json json_of(const FileStep& step) {
  Json fields = Json::object();
  for (const auto& [name, field] : step.fields) {
    fields[name] = {
        {"before", or_null(field.before)}, {"after", or_null(field.after)}, {"declared", or_null(field.declared)}};
  }
  Json json{{"id", step.id.to_string()},  {"verb", to_string(step.verb)},
            {"half", word_of(step.half)}, {"connection", or_null(step.connection)},
            {"needs", step.needs},        {"fields", std::move(fields)}};
  if (!step.after.empty()) json["after"] = step.after;
  return json;
}

FileStep step_from(const Json& json) {
  FileStep step;
  const auto text = json.at("id").get<std::string>();
  const auto id = parse_resource_id(text);
  const bool is_clean = std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!id || !is_clean) throw Error(Fault::invalid, "a step has no proper id");
  step.id = *id;
  step.verb = verb_from(json.at("verb").get<std::string>());
  step.half = half_from(json.at("half").get<std::string>());
  step.connection = text_of(json.at("connection"));
  step.needs = json.at("needs").get<std::vector<std::string>>();
  if (json.contains("after")) step.after = json.at("after").get<std::vector<std::string>>();
  for (const auto& [name, field] : json.at("fields").items()) {
    step.fields[name] = {text_of(field.at("before")), text_of(field.at("after")), text_of(field.at("declared"))};
  }
  return step;
}

Json options_json(const PlanFile& file) {
  return {{"only", file.selection.only},
          {"except", file.selection.except},
          {"allow", file.allow < 0 ? Json(nullptr) : Json(file.allow)},
          {"rollback", file.rollback}};
}

int allow_from(const Json& json) {
  if (json.is_null()) return -1;
  const bool is_number = json.is_number_unsigned() && json.get<std::uint64_t>() <= INT_MAX;
  if (!is_number) throw Error(Fault::invalid, fmt::format("'{}' is no number for --allow", json.dump()), make_another);
  return json.get<int>();
}

/// Over the content, not the bytes: a reformatted file is the same file.
std::string body_digest(const Json& fleet, const Json& options, const Json& steps) {
  return digest_bytes(fleet.dump() + options.dump() + steps.dump());
}

void check_header(const Json& json) {
  if (!json.is_object() || json.value("format", Json()) != format_name)
    throw Error(Fault::invalid, "it is no plan file of muster", make_another);
  const Json version = json.value("version", Json());
  if (version == plan_file_version) return;
  throw Error(
      Fault::invalid,
      fmt::format("it is a plan file of version {}; this muster reads version {}", version.dump(), plan_file_version),
      version.is_number_integer() && version > plan_file_version ? "use the muster that wrote it" : make_another);
}

PlanFile file_from(const Json& json) {
  const Json& fleet = json.at("fleet");
  const Json& options = json.at("options");
  const Json& steps = json.at("steps");
  if (json.at("sha256") != body_digest(fleet, options, steps))
    throw Error(Fault::invalid, "it was changed after muster wrote it: its digest does not fit", make_another);
  PlanFile file;
  file.id = json.at("plan").get<std::string>();
  file.written = json.at("written").get<std::string>();
  file.fleet = fleet.at("name").get<std::string>();
  file.fleet_digest = fleet.at("digest").get<std::string>();
  file.selection = {options.at("only").get<std::vector<std::string>>(),
                    options.at("except").get<std::vector<std::string>>()};
  file.allow = allow_from(options.at("allow"));
  file.rollback = options.at("rollback").get<bool>();
  std::set<std::string> keys;
  for (const Json& step : steps) {
    file.steps.push_back(step_from(step));
    keys.insert(step_key(file.steps.back().verb, file.steps.back().half, file.steps.back().id));
  }
  for (const FileStep& step : file.steps) {
    for (const auto* edges : {&step.needs, &step.after}) {
      for (const std::string& need : *edges) {
        if (keys.contains(need)) continue;
        throw Error(Fault::invalid, fmt::format("{} needs '{}', which is not in it", step.id.to_string(), need));
      }
    }
  }
  return file;
}

}  // namespace

std::string write_plan_file(const PlanFile& file) {
  const Json fleet{{"name", file.fleet}, {"digest", file.fleet_digest}};
  const Json options = options_json(file);
  Json steps = Json::array();
  for (const FileStep& step : file.steps) steps.push_back(json_of(step));
  std::string text =
      fmt::format("{{\"format\":{},\"version\":{},\"plan\":{},\"written\":{},\n", Json(format_name).dump(),
                  plan_file_version, Json(file.id).dump(), Json(file.written).dump());
  text += fmt::format("\"fleet\":{},\n\"options\":{},\n\"steps\":[", fleet.dump(), options.dump());
  bool is_first = true;
  for (const Json& step : steps) {
    text += is_first ? "\n" : ",\n";
    text += step.dump();
    is_first = false;
  }
  return text + fmt::format("\n],\n\"sha256\":\"{}\"}}\n", body_digest(fleet, options, steps));
}

PlanFile read_plan_file(std::string_view text) {
  if (json_depth(text) > deepest_json)
    throw Error(Fault::invalid, "it nests deeper than a plan file does", make_another);
  try {
    const Json json = Json::parse(text);
    check_header(json);
    return file_from(json);
  } catch (const Json::parse_error& error) {
    // The parser's own words would show what stands in a file that was named by mistake.
    throw Error(Fault::invalid, fmt::format("it is damaged, or no plan file at all: no JSON at byte {}", error.byte),
                make_another);
  } catch (const Json::exception& error) {
    const std::string_view words = error.what();
    throw Error(Fault::invalid, fmt::format("it is damaged: {}", words.substr(words.find("] ") + 2)), make_another);
  }
}

}  // namespace muster::plan
