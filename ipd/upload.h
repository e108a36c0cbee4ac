#pragma once

// One upload on its way to the disk: written once, digested as it comes.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ipd/deployment.h"
#include "ipd/files.h"
#include "ipd/kept.h"
#include "resources/contract/digest.h"

namespace muster::ipd {

/// Why an upload is refused: its HTTP status and, for people, the reason.
struct Refusal {
  int status = 400;
  std::string words;
  std::string missing{};  ///< "image", "package" or both: they were named by digests of which nothing is kept
};

struct UploadLimits {
  std::int64_t bytes = 0;      ///< of image and package together
  std::int64_t keep_free = 0;  ///< on the disk, besides
};

/// What the user who sends it may do.
struct UploadRights {
  std::function<bool(const std::string& project)> may_deploy;
  std::function<bool(const std::string& digest)> may_take;  ///< what is kept with this digest
};

/// One file being written.
struct ArrivingFile {
  int descriptor = -1;
  Sha256 digest;
  std::int64_t size = 0;
  std::string file_name;  ///< as the client calls it
  std::string hex;        ///< its digest, once it is whole
};

/// Writes the parts `image` and `package` to the files of `id`, and remembers the texts. Instead of a file its digest
/// may be told (`image_sha256` with `image_name`, `package_sha256`), for what is kept from earlier deployments. After
/// the first fault it goes on reading and writes nothing more: a project that comes first, as clients send it, is
/// checked before a byte is stored. What it wrote goes with it, unless it was published.
class Upload {
 public:
  Upload(const Files& files, const Kept& kept, std::string id, UploadLimits limits, UploadRights rights);
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  void part(const std::string& name, bool has_file_name, const std::string& file_name, std::uint64_t offset,
            std::string_view bytes);
  /// Once the body has ended: what it was, or why it is none. `whole`: the body was a whole form.
  std::variant<Deployment, Refusal> take(bool whole);
  /// As it was sent, valid or not; empty when it was not.
  std::string project() const { return texts_.project.value_or(""); }
  /// Who looks after the project from now on; nothing when the upload does not say.
  const std::optional<std::string>& owner() const { return texts_.owner; }
  /// Puts the files where a deployment expects them, for good. Throws Error(permanent) when the disk fails.
  void publish();
  /// Removes what was written, unless it was published; the destructor does it otherwise.
  void discard();

 private:
  void refuse(int status, std::string words);
  void check_project();
  void check_image_name();
  void text(const std::string& name, std::uint64_t offset, std::string_view bytes);
  void file(std::optional<ArrivingFile>& part, const std::filesystem::path& path, const std::string& file_name,
            std::uint64_t offset, std::string_view bytes);
  void begin(std::optional<ArrivingFile>& part, const std::filesystem::path& path, const std::string& file_name);
  bool close(ArrivingFile& part);
  std::optional<std::string>* text_called(const std::string& name);
  void take_kept(std::optional<ArrivingFile>& part, const std::optional<std::string>& digest, const char* name,
                 const std::filesystem::path& path);

  struct Texts {
    std::optional<std::string> project, version, exit_codes, owner, image_name, image_sha256, package_sha256;
  };

  const Files& files_;
  const Kept& kept_;
  const std::string id_;
  const UploadLimits limits_;
  const UploadRights rights_;
  std::optional<Refusal> refusal_;
  Texts texts_;
  std::optional<ArrivingFile> image_;
  std::optional<ArrivingFile> package_;
  std::optional<ArrivingFile>* open_ = nullptr;  ///< the file part that is being received
  std::optional<std::string>* open_text_ = nullptr;
  std::int64_t received_ = 0;  ///< bytes of all parts
  bool is_published_ = false;
};

}  // namespace muster::ipd
