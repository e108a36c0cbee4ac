#include "resources/workshop/roll.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace muster::workshop {
namespace {

enum class Rounded { up, down };

/// "5", or "20%" of `hosts`. Precondition: the schema's pattern fits.
int number_of(const std::string& text, std::size_t hosts, Rounded rounded) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.ends_with('%')) return number;
  const int share = number * static_cast<int>(hosts);
  return rounded == Rounded::up ? (share + 99) / 100 : share / 100;
}

}  // namespace

Roll roll_of(const Manifest& manifest, std::size_t hosts, std::vector<Diagnostic>& diagnostics) {
  const Value& spec = manifest.spec;
  const Value& written = spec.at("lifecycle.roll");
  Roll roll;
  if (!manifest.is_sound("spec.lifecycle")) return roll;
  const std::string surge = written.string_at("surge", "1");
  roll.surge = number_of(surge, hosts, Rounded::up);
  const std::string unavailable = written.string_at("maxUnavailable", roll.surge == 0 && hosts > 0 ? "1" : "0");
  roll.max_unavailable = number_of(unavailable, hosts, Rounded::down);
  const bool rolls = spec.string_at("lifecycle.replace") == "roll";
  const bool says_how = written.at("batch").is_string() || written.at("maxUnavailable").is_string() || surge != "1";
  if (!rolls && says_how) {
    diagnostics.push_back(
        {Severity::warning, manifest.where("spec.lifecycle.roll"),
         "spec.lifecycle.roll has no effect: spec.lifecycle.replace is " + spec.string_at("lifecycle.replace", "hold"),
         "write replace: roll beside it"});
  }
  if (rolls && hosts > 0 && manifest.is_sound("spec.hosts") && roll.surge == 0 && roll.max_unavailable == 0) {
    const bool is_share = unavailable.ends_with('%') && unavailable.find_first_not_of("0%") != std::string::npos;
    diagnostics.push_back(
        {Severity::error, manifest.where("spec.lifecycle.roll"),
         is_share ? "surge is 0, and maxUnavailable, " + unavailable + " of " + std::to_string(hosts) +
                        ", is less than one host: none could be replaced"
                  : "surge and maxUnavailable are both 0: no host could be replaced",
         "write surge: 1 to make a new host before an old one goes, or maxUnavailable: 1 to do it the "
         "other way round"});
  }
  const int at_a_time = std::max(1, roll.surge + roll.max_unavailable);
  roll.batch = std::max(
      1, written.at("batch").is_string() ? number_of(written.string_at("batch"), hosts, Rounded::up) : at_a_time);
  return roll;
}

}  // namespace muster::workshop
