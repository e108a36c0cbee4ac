#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/http_message.h"

namespace muster::sandbox {

/// Finds the handler of a call by method and path template. Filled before it is used, then only read.
class Router {
 public:
  /// `pattern` is a path such as /v2.1/{project}/servers/{id}; a {name} stands for one segment that is not empty.
  /// Routes are tried in the order in which they were added.
  void add(std::string method, std::string_view pattern, Handler handler);
  /// Fills `request.params`; null when no route fits. `*path_known` (may be null) says whether another method of this
  /// path has a route.
  const Handler* find(Request& request, bool* path_known) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace muster::sandbox
