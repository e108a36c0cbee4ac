#pragma once

// Digests of what is too large to be held: files, uploads.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace muster {

/// A SHA-256 that grows with what arrives.
class Sha256 {
 public:
  /// Throws Error(permanent) when OpenSSL offers none.
  Sha256();
  void add(std::string_view bytes);
  /// 64 hex digits in lower case. Nothing may be added afterwards.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// 64 hex digits in lower case.
bool is_digest(std::string_view text);
/// Of a whole file; empty when it cannot be read.
std::string digest_of_file(const std::filesystem::path& file);

}  // namespace muster
