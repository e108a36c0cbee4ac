#pragma once

// What an IPD server answers: /info of the original, and what ours tells beside it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/contract/resource.h"

namespace muster::ipd_driver {

/// One deployment as ours tells it.
struct Deployed {
  std::string id;
  std::string version;
  std::string user;
  std::string status;  ///< as /status: await, active, ok, changed, cancelled, a number, err
  int state = 0;
  std::string words;  ///< why it failed
  std::string image_name;
  std::string image_sha256;
  std::string package_sha256;
  std::string exit_codes;
  Time accepted{};
  Time ended{};  ///< zero: it has not

  bool is_open() const { return status == "await" || status == "active"; }
};

/// A project as /info tells it.
struct Project {
  std::int64_t start = 0;  ///< Unix seconds: since when the server knows it
  std::int64_t start_count = 0;
  int state = 0;
  std::optional<Deployed> newest;    ///< of ours only
  std::optional<Deployed> deployed;  ///< the last that ended well; of ours only
  std::string owner;                 ///< of ours only
};

/// Nothing for the text "no": the project is not known. Throws Error(transient) on what no IPD server answers.
std::optional<Project> project_in(std::string_view body);
/// All of a server of ours, by name. Throws as project_in.
std::map<std::string, Project> projects_in(std::string_view body);
/// Newest first. Throws as project_in.
std::vector<Deployed> history_in(std::string_view body);

}  // namespace muster::ipd_driver
