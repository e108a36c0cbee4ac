// A process for each seed.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "tests/campaigns/seeded_fleet.h"

namespace muster::test {
namespace {

using nlohmann::json;

struct Child {
  std::uint64_t seed = 0;
  pid_t process = 0;
  int told = -1;  ///< what it writes arrives here
};

std::string text_of(const SeededResult& result) {
  return json{{"digest", result.digest},       {"processes", result.processes}, {"deaths", result.deaths},
              {"calls", result.calls},         {"leaked", result.leaked},       {"duplicated", result.duplicated},
              {"complaint", result.complaint}, {"lines", result.lines}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

SeededResult result_from(const std::string& text) {
  const json told = json::parse(text);
  SeededResult result;
  told.at("digest").get_to(result.digest);
  told.at("processes").get_to(result.processes);
  told.at("deaths").get_to(result.deaths);
  told.at("calls").get_to(result.calls);
  told.at("leaked").get_to(result.leaked);
  told.at("duplicated").get_to(result.duplicated);
  told.at("complaint").get_to(result.complaint);
  told.at("lines").get_to(result.lines);
  return result;
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

Child start(std::uint64_t seed, const SeededManifests& manifests, bool keeps_lines) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t process = fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) {
    close(ends[0]);
    SeededResult result;
    try {
      result = run_seed(seed, manifests, keeps_lines);
    } catch (const std::exception& failure) {
      result.complaint = failure.what();
    }
    write_all(ends[1], text_of(result));
    _exit(0);  // what the parent has made stays the parent's
  }
  close(ends[1]);
  return {seed, process, ends[0]};
}

SeededResult wait_for(const Child& child) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = read(child.told, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(child.told);
  int status = 0;
  while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) return result_from(text);
  SeededResult result;
  result.complaint = fmt::format("its process ended with status {:#x}: see above", status);
  return result;
}

}  // namespace

void run_seeds(std::uint64_t first, std::uint64_t count, const SeededManifests& manifests, bool keeps_lines,
               const std::function<void(std::uint64_t seed, const SeededResult& result)>& take) {
  const std::size_t at_once = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
  std::deque<Child> running;
  for (std::uint64_t seed = first; seed < first + count || !running.empty();) {
    while (seed < first + count && running.size() < at_once) running.push_back(start(seed++, manifests, keeps_lines));
    const Child oldest = running.front();
    running.pop_front();
    take(oldest.seed, wait_for(oldest));
  }
}

}  // namespace muster::test
