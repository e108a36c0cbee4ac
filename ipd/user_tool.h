#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace muster::ipd {

/// `ipd user add ROLE NAME | list | del NAME | passwd NAME`, with [-f FILE] and [--token TOKEN], [--projects A,B]. The
/// exit code: 0, 1 when the name or the file is not as it has to be, 2 for a wrong command line. A token that was made
/// is written to `out`, once; what is kept of it is its argon2id hash. The file is replaced as a whole, mode 0600 or as
/// it was. Throws Error(usage) when it cannot be written.
int run_user_tool(const std::vector<std::string>& words, const std::filesystem::path& default_file, std::ostream& out,
                  std::ostream& err);

}  // namespace muster::ipd
