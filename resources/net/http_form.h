#pragma once

// A multipart/form-data body (RFC 7578) while libcurl sends it.

#include <memory>
#include <optional>
#include <vector>

#include "resources/contract/error.h"
#include "resources/net/http.h"

struct curl_mime;

namespace muster::net {

/// Reads files piece by piece as they are sent. Must outlive the transfer, and the parts it.
class FormBody {
 public:
  /// `easy`: libcurl's handle. Throws Error(invalid) for a file that cannot be read.
  FormBody(void* easy, const std::vector<FormPart>& parts);
  ~FormBody();
  FormBody(const FormBody&) = delete;
  FormBody& operator=(const FormBody&) = delete;

  curl_mime* handle() const { return form_.get(); }
  /// Why it was broken off before its last byte; nothing when it was not.
  std::optional<Error> failure() const;

 private:
  class File;
  struct Free {
    void operator()(curl_mime* form) const noexcept;
  };
  void add(const FormPart& part);

  std::vector<std::unique_ptr<File>> files_;
  std::unique_ptr<curl_mime, Free> form_;
};

}  // namespace muster::net
