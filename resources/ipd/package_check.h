#pragma once

// What an IPD server needs of a package, looked at before anything is sent.

#include <optional>
#include <string>

namespace muster::ipd_driver {

struct PackageFault {
  std::string message;
  std::string hint;
};

/// A directory or a tar in any compression that libarchive reads needs a control.sh that may be executed. Of a tar no
/// more is read than up to it.
std::optional<PackageFault> package_fault(const std::string& path, bool is_directory);

}  // namespace muster::ipd_driver
