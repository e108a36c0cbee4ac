#include "resources/net/http_form.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "resources/contract/digest.h"

namespace muster::net {

/// One that is sent. libcurl is told its length beforehand and reads no more: the last byte leaves only when all of it
/// is what was promised, so that a file that has changed never makes a whole body.
class FormBody::File {
 public:
  explicit File(const FormPart& part) : part_(part), in_(part.file, std::ios::binary) {
    std::error_code fault;
    const auto size = std::filesystem::file_size(part.file, fault);
    if (!in_ || fault)
      throw Error(Fault::invalid, fmt::format("{} cannot be read: {}", part.file, std::strerror(errno)));
    size_ = static_cast<std::int64_t>(size);
    if (size_ == 0 && !part.sha256.empty() && Sha256().finish() != part.sha256) throw changed();
  }

  std::int64_t size() const { return size_; }
  const std::optional<Error>& failure() const { return failure_; }

  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
    return static_cast<File*>(self)->read(buffer, size * count);
  }

  /// libcurl begins anew on another connection.
  static int seek(void* self, curl_off_t offset, int origin) noexcept {
    if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    return static_cast<File*>(self)->rewind() ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
  }

 private:
  Error changed() const {
    return Error(Fault::conflict, fmt::format("{} was changed while it was sent", part_.file), "apply again");
  }

  std::size_t read(char* buffer, std::size_t most) noexcept {
    try {
      in_.read(buffer, static_cast<std::streamsize>(std::min<std::int64_t>(static_cast<std::int64_t>(most), left())));
      const auto got = static_cast<std::size_t>(in_.gcount());
      read_ += in_.gcount();
      digest_.add({buffer, got});
      const bool is_short = got == 0 && left() > 0;
      const bool is_changed = !part_.sha256.empty() && left() == 0 && got > 0 && digest_.finish() != part_.sha256;
      if (!is_short && !is_changed) return got;
      failure_.emplace(changed());
    } catch (const std::exception& exception) {
      failure_.emplace(Fault::permanent, fmt::format("{}: {}", part_.file, exception.what()));
    }
    return CURL_READFUNC_ABORT;
  }

  bool rewind() noexcept {
    try {
      in_.clear();
      in_.seekg(0);
      read_ = 0;
      digest_ = Sha256();
      return in_.good();
    } catch (const std::exception&) {
      return false;
    }
  }

  std::int64_t left() const { return size_ - read_; }

  const FormPart& part_;
  std::ifstream in_;
  std::int64_t size_ = 0;
  std::int64_t read_ = 0;
  Sha256 digest_;
  std::optional<Error> failure_;
};

FormBody::FormBody(void* easy, const std::vector<FormPart>& parts) : form_(curl_mime_init(easy)) {
  if (!form_) throw std::bad_alloc();
  for (const FormPart& part : parts) add(part);
}

FormBody::~FormBody() = default;

void FormBody::Free::operator()(curl_mime* form) const noexcept { curl_mime_free(form); }

void FormBody::add(const FormPart& part) {
  curl_mimepart* added = curl_mime_addpart(form_.get());
  if (added == nullptr) throw std::bad_alloc();
  CURLcode code = CURLE_OK;
  if (part.file.empty()) {
    code = curl_mime_data(added, part.text.data(), part.text.size());
  } else {
    File& file = *files_.emplace_back(std::make_unique<File>(part));
    code = curl_mime_data_cb(added, file.size(), &File::read, &File::seek, nullptr, &file);
  }
  if (code != CURLE_OK) throw std::bad_alloc();
  curl_mime_name(added, part.name.c_str());
  curl_mime_filename(added, part.sent_as ? part.sent_as->c_str() : nullptr);
}

std::optional<Error> FormBody::failure() const {
  for (const auto& file : files_)
    if (file->failure()) return file->failure();
  return std::nullopt;
}

}  // namespace muster::net
