#pragma once

// What the administrator set: variables of the environment, else of /etc/default/ipd, else of /etc/ipd.conf.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace muster::ipd {

/// Paths are absolute.
struct Settings {
  std::string address = "127.0.0.1";                        ///< WEBADDRESS: an IPv4 or IPv6 address
  int port = 9955;                                          ///< WEBPORT; 0 takes a free one
  std::string api_root = "/deploy";                         ///< API_ROOT; empty: none
  std::filesystem::path upload_dir;                         ///< UPLOAD_DIR, the working directory by default
  std::filesystem::path auth_db;                            ///< AUTH_DB, /opt/ipd/users.txt
  std::filesystem::path database;                           ///< DATABASE, ipd.db in the upload directory
  std::filesystem::path log_dir;                            ///< LOG_DIR: ipd.log there; empty: stderr
  std::int64_t max_upload_size = std::int64_t{10} << 30;    ///< MAX_UPLOAD_SIZE, bytes of a whole upload
  std::int64_t keep_free = std::int64_t{100} << 20;         ///< KEEP_FREE, bytes of the disk that uploads leave free
  std::int64_t max_unpacked_size = std::int64_t{20} << 30;  ///< MAX_UNPACKED_SIZE, bytes of a package's files
  std::int64_t max_members = 200'000;                       ///< MAX_MEMBERS, files, directories and links of a package
  std::chrono::seconds check_timeout{1800};                 ///< CHECK_TIMEOUT; for unpacking too
  std::chrono::seconds prepare_timeout{1800};               ///< PREPARE_TIMEOUT
  std::chrono::seconds deploy_timeout{1800};                ///< DEPLOY_TIMEOUT
  std::chrono::seconds shutdown_timeout{60};                ///< SHUTDOWN_TIMEOUT: how long SIGTERM waits for what runs
  std::filesystem::path tls_certificate;                    ///< TLS_CERTIFICATE, PEM; empty: no TLS of its own
  std::filesystem::path tls_key;                            ///< TLS_KEY, PEM
  int concurrent = 5;                                       ///< deployments at once
  int longest_queue = 200;                                  ///< deployments that wait
  int interruptions = 5;  ///< MAX_INTERRUPTIONS: of one deployment, before it is given up
  int kept = 2;  ///< KEPT_DEPLOYMENTS: how many of a project's last good ones can be deployed again by their digests
};

/// `variable`: the environment; empty counts as unset. `files` are read in this order where they exist, the first that
/// sets a variable counts. Throws Error(usage) with the file and line, or the variable, of what is wrong.
Settings read_settings(const std::function<std::optional<std::string>(const std::string&)>& variable,
                       const std::vector<std::filesystem::path>& files);

}  // namespace muster::ipd
