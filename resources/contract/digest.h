#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace muster::ipd {

/// A SHA-256 that grows with what arrives.
class Digest {
 public:
  Digest();
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

}  // namespace muster::ipd
