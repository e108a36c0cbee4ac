#include "ipd/deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace muster::ipd {
namespace {

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_plain(char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::waiting:
      return "waiting";
    case Phase::running:
      return "running";
    case Phase::ended:
      return "ended";
    case Phase::superseded:
      return "superseded";
    case Phase::cancelled:
      return "cancelled";
  }
  return "ended";
}

Phase parse_phase(std::string_view text) {
  for (const Phase phase : {Phase::waiting, Phase::running, Phase::superseded, Phase::cancelled})
    if (to_string(phase) == text) return phase;
  return Phase::ended;
}

std::string_view to_string(ExitCodes codes) { return codes == ExitCodes::legacy ? "legacy" : "usual"; }

std::optional<ExitCodes> parse_exit_codes(std::string_view text) {
  for (const ExitCodes codes : {ExitCodes::legacy, ExitCodes::usual})
    if (to_string(codes) == text) return codes;
  return std::nullopt;
}

int success_code(ExitCodes codes) { return codes == ExitCodes::legacy ? 1 : 0; }

std::string status_word(const Deployment& deployment) {
  switch (deployment.phase) {
    case Phase::waiting:
      return "await";
    case Phase::running:
      return "active";
    case Phase::superseded:
      return "changed";
    case Phase::cancelled:
      return "cancelled";
    case Phase::ended:
      break;
  }
  if (deployment.state == State::success) return "ok";
  return deployment.exit_code ? std::to_string(*deployment.exit_code) : "err";
}

bool is_project_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && is_letter_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), is_plain);
}

bool is_image_name(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string extension = lower(text.substr(dot + 1));
  constexpr std::array<std::string_view, 4> known{"tar", "tgz", "gz", "bz2"};
  return std::find(known.begin(), known.end(), extension) != known.end();
}

std::string plain_file_name(std::string_view text) {
  const std::size_t slash = text.find_last_of("/\\");
  std::string name(slash == std::string_view::npos ? text : text.substr(slash + 1));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !is_plain(c); }, '_');
  name.erase(0, std::min(name.find_first_not_of('.'), name.size()));
  return name;
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char expected) {
           const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           if (expected == 'x') return is_digit;
           return expected == 'y' ? c == '8' || c == '9' || c == 'a' || c == 'b' : c == expected;
         });
}

std::string new_uuid() {
  std::random_device random;
  std::array<std::uint32_t, 4> words{random(), random(), random(), random()};
  words[1] = (words[1] & 0xffff0fffU) | 0x4000U;
  words[2] = (words[2] & 0x3fffffffU) | 0x80000000U;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16, words[1] & 0xffffU,
                     words[2] >> 16, words[2] & 0xffffU, words[3]);
}

}  // namespace muster::ipd
