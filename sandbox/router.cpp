#include "sandbox/router.h"

namespace muster::sandbox {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

bool is_parameter(const std::string& segment) { return segment.size() > 2 && segment.front() == '{'; }

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

}  // namespace

void Router::add(std::string method, std::string_view pattern, Handler handler) {
  routes_.push_back({std::move(method), split(pattern), std::move(handler)});
}

const Handler* Router::find(Request& request, bool* path_known) const {
  const std::vector<std::string> path = split(request.path);
  bool known = false;
  const Route* found = nullptr;
  for (const Route& route : routes_) {
    if (!fits(route.segments, path)) continue;
    known = true;
    if (route.method != request.method) continue;
    found = &route;
    break;
  }
  if (path_known != nullptr) *path_known = known;
  if (found == nullptr) return nullptr;
  request.params.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string& segment = found->segments[i];
    if (is_parameter(segment)) request.params[segment.substr(1, segment.size() - 2)] = path[i];
  }
  return &found->handler;
}

}  // namespace muster::sandbox
